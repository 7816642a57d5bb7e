package import Base
import DockerBridge
import NIOCore

/// Where a listener of ours is, as read from `BIND_ADDRESS` and `PORT`.
package enum BindAddress: Sendable, Hashable {
    case tcp(host: String, port: Int)
    /// A socket file, for a proxy on the same host; only the agent's own user may use it.
    case unix(path: String)

    /// Longest socket path the kernel takes (`sun_path` less its final zero byte).
    private static let maximumPathBytes = 107

    /// Reads `127.0.0.1`, `::1`, `[::1]`, a host name, or `unix:/path`.
    package init(parsing text: String, port: Int) throws(SettingProblem) {
        if text.hasPrefix("unix:") {
            var path = text.dropFirst("unix:".count)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
            guard path.hasPrefix("/"), path.utf8.count <= Self.maximumPathBytes else {
                throw SettingProblem(
                    reason: "names the socket '\(path)'; it must be an absolute path of at most "
                        + "\(Self.maximumPathBytes) bytes"
                )
            }
            self = .unix(path: String(path))
            return
        }
        var host = Substring(text)
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let isAddress = (try? SocketAddress(ipAddress: String(host), port: port)) != nil
        let isName = host.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
        guard isAddress || (isName && !host.isEmpty) else {
            throw SettingProblem(reason: "is '\(text)'; it must be an IP address, a host name or unix:/path")
        }
        self = .tcp(host: String(host), port: port)
    }
}

extension BindAddress {
    /// The address or path alone, as in `BIND_ADDRESS`.
    package var host: String {
        switch self {
        case .tcp(let host, _): host
        case .unix(let path): "unix:\(path)"
        }
    }

    /// The address with the port that the kernel has chosen where the port is 0.
    ///
    /// - Parameter socket: what the bound socket says.
    func bound(to socket: SocketAddress?) -> BindAddress {
        guard case .tcp(let host, 0) = self, let port = socket?.port else { return self }
        return .tcp(host: host, port: port)
    }

    /// Whether only callers on this host can connect.
    package var isForThisHost: Bool {
        switch self {
        case .unix: true
        case .tcp("localhost", _): true
        case .tcp(let host, _): IPAddress(host)?.isLoopback ?? false
        }
    }
}

extension BindAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(let host, let port): "\(host.asURLHost):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
