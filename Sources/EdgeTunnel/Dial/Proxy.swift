package import Base
import DockerBridge

/// A proxy on the way out, as `HTTPS_PROXY` and its siblings name it.
package struct Proxy: Sendable, Hashable {
    /// What is spoken to the proxy.
    package enum Kind: String, Sendable {
        /// CONNECT over plain HTTP/1.1.
        case http
        /// The same inside TLS.
        case https
        case socks5
    }

    /// What the proxy's URL holds in front of the host.
    package struct Credentials: Sendable, Hashable {
        package let user: String
        package let password: String
    }

    package let kind: Kind
    package let host: String
    /// As of `ControllerAddress`.
    package let zone: String?
    package let port: Int
    package let credentials: Credentials?

    /// Reads `http://user:password@host:3128`, `https://host`, `socks5://host` (also `socks5h`), and a bare `host:port`
    /// as HTTP.
    package init(parsing text: String) throws(SettingProblem) {
        var rest = Substring(text)
        var kind = Kind.http
        if let separator = rest.firstRange(of: "://") {
            switch rest[..<separator.lowerBound].lowercased() {
            case "http": kind = .http
            case "https": kind = .https
            // The proxy resolves the name either way: the agent never does when there is one.
            case "socks5", "socks5h": kind = .socks5
            // Not repeated: what stands there may be part of a password.
            default: throw SettingProblem(reason: "has an unknown scheme; use http, https or socks5")
            }
            rest = rest[separator.upperBound...]
        }
        while rest.hasSuffix("/") { rest.removeLast() }
        self.kind = kind
        if let at = rest.lastIndex(of: "@") {
            self.credentials = try Self.credentials(rest[..<at])
            rest = rest[rest.index(after: at)...]
        } else {
            self.credentials = nil
        }
        guard !rest.contains(where: { "/?#".contains($0) }) else {
            throw SettingProblem(reason: "has a path, a query or a fragment; leave it away")
        }
        (self.host, self.zone, self.port) = try ControllerAddress.authority(rest, defaultPort: kind.defaultPort)
    }

    private static func credentials(_ text: Substring) throws(SettingProblem) -> Credentials {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = parts[0].strictlyPercentDecoded,
            let password = (parts.count == 2 ? parts[1] : "").strictlyPercentDecoded
        else {
            throw SettingProblem(reason: "has a user name or password that is not percent-encoded UTF-8")
        }
        guard !user.utf8.isEmpty, user.utf8.count <= 255, password.utf8.count <= 255 else {
            throw SettingProblem(reason: "has an empty user name, or credentials of more than 255 bytes")
        }
        return Credentials(user: user, password: password)
    }
}

extension Proxy.Kind {
    var defaultPort: Int {
        switch self {
        case .http: 80
        case .https: 443
        case .socks5: 1080
        }
    }
}

extension Proxy {
    /// `host:port`
    /// What the connection to it is made to.
    var dialledHost: String { self.zone.map { "\(self.host)%\($0)" } ?? self.host }

    var authority: String { "\(self.host.asURLHost):\(self.port)" }
}

/// Without the credentials, so that it can be logged.
extension Proxy: CustomStringConvertible {
    package var description: String { "\(self.kind.rawValue)://\(self.authority)" }
}
