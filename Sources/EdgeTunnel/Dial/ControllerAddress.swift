package import Base
import DockerBridge
package import Drydock
import NIOCore

/// Where the controller is, as read from `DRYDOCK_URL`.
package struct ControllerAddress: Sendable, Hashable {
    package let host: String
    /// The interface on which a link-local `host` is, as in `eth0`; a matter of this host alone, which no peer is told.
    package let zone: String?
    package let port: Int
    package let usesTLS: Bool
    /// Path in front of the dialect's own, without a trailing slash; empty for a controller at the root.
    package let prefix: String
    /// Set when the URL names a complete WebSocket path: it is used as it stands, with this dialect.
    package let pinned: Pinned?

    /// A path that is dialled as it stands, and what is spoken there.
    package struct Pinned: Sendable, Hashable {
        package let path: String
        package let dialect: Dialect
    }

    /// Reads `wss://`, `ws://`, `https://` and `http://` URLs.
    package init(parsing text: String) throws(SettingProblem) {
        guard let separator = text.firstRange(of: "://") else {
            throw SettingProblem(reason: "has no scheme; write it as https://controller.example:3000")
        }
        switch text[..<separator.lowerBound].lowercased() {
        case "https", "wss": self.usesTLS = true
        case "http", "ws": self.usesTLS = false
        case let scheme: throw SettingProblem(reason: "has the scheme '\(scheme)'; use https, wss, http or ws")
        }
        let rest = text[separator.upperBound...]
        let pathStart = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        (self.host, self.zone, self.port) = try Self.authority(rest[..<pathStart], defaultPort: self.usesTLS ? 443 : 80)
        var path = rest[pathStart...]
        guard !path.contains("?"), !path.contains("#") else {
            throw SettingProblem(reason: "has a query or a fragment; leave everything from '?' or '#' away")
        }
        guard path.utf8.allSatisfy({ $0.isVisibleASCII && $0 != UInt8(ascii: "\\") }) else {
            throw SettingProblem(reason: "has a path with spaces, control or non-ASCII characters; percent-encode them")
        }
        while path.hasSuffix("/") { path.removeLast() }
        self.pinned = Self.pinned(String(path))
        self.prefix = self.pinned == nil ? String(path) : ""
    }

    /// `host`, `host:port` or `[v6]:port`; the last with a zone behind `%25`, as RFC 6874 has it, or behind `%`.
    static func authority(
        _ text: Substring,
        defaultPort: Int
    ) throws(SettingProblem) -> (host: String, zone: String?, port: Int) {
        guard !text.contains("@") else {
            throw SettingProblem(
                reason: "holds user information before '@'; the agent proves itself with its key, remove it"
            )
        }
        var host: Substring
        var zone: Substring?
        var behind: Substring
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw SettingProblem(reason: "has '[' without ']'") }
            host = text[text.index(after: text.startIndex)..<close]
            behind = text[text.index(after: close)...]
            if let percent = host.firstIndex(of: "%") {
                let decoded = host[percent...].strictlyPercentDecoded.map { Substring($0) } ?? ""
                let interface = decoded.first == "%" ? decoded.dropFirst() : host[host.index(after: percent)...]
                host = host[..<percent]
                guard Self.isInterface(interface) else {
                    throw SettingProblem(
                        reason: "has the zone '\(interface)'; a zone is the name of an interface, as in eth0"
                    )
                }
                zone = interface
            }
            guard (try? SocketAddress(ipAddress: String(host), port: 0)) != nil, host.contains(":") else {
                throw SettingProblem(reason: "has brackets around '\(host)', which is not an IPv6 address")
            }
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<colon]
            behind = text[colon...]
            guard host.utf8.allSatisfy(\.isVisibleASCII) else {
                throw SettingProblem(reason: "has a host name with spaces or non-ASCII characters")
            }
        }
        guard !host.isEmpty else { throw SettingProblem(reason: "has no host name") }
        // RFC 1035 §2.3.4, less the root's dot; what is longer fits no SOCKS request either.
        guard host.utf8.count <= 253 else {
            throw SettingProblem(reason: "has a host name of more than 253 characters")
        }
        guard !behind.isEmpty else { return (String(host), zone.map(String.init), defaultPort) }
        guard behind.removeFirst() == ":", let port = Int(behind), (1...65535).contains(port) else {
            throw SettingProblem(reason: "has the port '\(behind)'; a port is 1 to 65535")
        }
        return (String(host), zone.map(String.init), port)
    }

    /// Whether the kernel would take it: 1 to 15 bytes (`IFNAMSIZ` less the final zero byte) without `/` and spaces.
    private static func isInterface(_ name: Substring) -> Bool {
        (1...15).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0.isVisibleASCII && $0 != UInt8(ascii: "/") }
    }

    /// Drydock's guide has users paste the whole endpoint.
    private static func pinned(_ path: String) -> Pinned? {
        for dialect in Dialect.allCases {
            for tail in [dialect.path, "/api/v1/\(dialect.rawValue)/ws"] where path.hasSuffix(tail) {
                return Pinned(path: path, dialect: dialect)
            }
        }
        return nil
    }
}

extension ControllerAddress {
    package func path(for dialect: Dialect) -> String {
        self.pinned?.path ?? self.prefix + dialect.path
    }

    /// Loopback needs no TLS: a program that can listen there already is on the host.
    package var isLoopback: Bool {
        if self.host.lowercased() == "localhost" { return true }
        guard let address = try? SocketAddress(ipAddress: self.host, port: 0) else { return false }
        return address.protocol == .inet ? self.host.hasPrefix("127.") : address.ipAddress == "::1"
    }

    /// What the first connection of a direct way is made to.
    var dialledHost: String { self.zone.map { "\(self.host)%\($0)" } ?? self.host }

    /// Value of the `Host` header: the port only where it is not the scheme's own.
    var hostHeader: String {
        self.port == (self.usesTLS ? 443 : 80) ? self.host.asURLHost : "\(self.host.asURLHost):\(self.port)"
    }
}

extension ControllerAddress: CustomStringConvertible {
    package var description: String {
        "\(self.usesTLS ? "wss" : "ws")://\(self.hostHeader)\(self.pinned?.path ?? self.prefix)"
    }
}
