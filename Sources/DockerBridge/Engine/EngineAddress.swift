package import Base

/// Where the Docker engine listens.
package struct EngineAddress: Sendable, Equatable {
    /// The kind of socket and its address.
    package enum Transport: Sendable, Equatable {
        case unix(path: String)
        case tcp(host: String, port: Int)
    }

    /// Client certificate files as the docker CLI lays them out: `ca.pem`, `cert.pem`, `key.pem` in one folder.
    package struct TLS: Sendable, Equatable {
        /// `nil` shows no certificate and checks none.
        package let folder: String?
        /// Whether the engine's certificate is checked against `ca.pem`.
        package let verifies: Bool

        /// Encrypted, without a check of the peer's certificate: for asking a listener on this host.
        package static let unverified = Self(folder: nil, verifies: false)

        package init(folder: String, verifies: Bool) {
            self.init(folder: .some(folder), verifies: verifies)
        }

        private init(folder: String?, verifies: Bool) {
            self.folder = folder
            self.verifies = verifies
        }
    }

    package let transport: Transport
    package let tls: TLS?

    package init(_ transport: Transport, tls: TLS? = nil) {
        self.transport = transport
        self.tls = tls
    }
}

extension EngineAddress {
    /// For `Host`, on a socket that has no name.
    static let socketHost = "docker"

    /// What stands in `Host`: an engine behind a proxy, or another agent, may look at it.
    var httpHost: String {
        switch self.transport {
        case .unix: Self.socketHost
        case .tcp(let host, let port): "\(host.asURLHost):\(port)"
        }
    }
}

extension EngineAddress: CustomStringConvertible {
    package var description: String {
        switch self.transport {
        case .unix(let path): "unix://\(path)"
        case .tcp(let host, let port):
            "\(self.tls == nil ? "tcp" : "tls")://\(host.asURLHost):\(port)"
        }
    }
}

extension EngineAddress {
    /// Longest socket path the kernel takes (`sun_path` less its final zero byte).
    package static let maximumSocketPathBytes = 107

    /// Reads `unix:///path`, `tcp://host[:port]` and `http://host[:port]`, as the docker CLI does; a bare path is a
    /// socket. The port defaults to 2375, with TLS to 2376.
    package init(parsing text: String, tls: TLS? = nil) throws(SettingProblem) {
        guard let separator = text.firstRange(of: "://") else {
            self = try Self.socket(text)
            return
        }
        let rest = text[separator.upperBound...]
        switch text[..<separator.lowerBound] {
        case "unix":
            self = try Self.socket(String(rest))
        case "tcp", "http":
            let (host, port) = try Self.hostAndPort(rest, defaultPort: tls == nil ? 2375 : 2376)
            self.init(.tcp(host: host, port: port), tls: tls)
        case let scheme:
            throw SettingProblem(reason: "has the unknown scheme '\(scheme)'; use unix:///path or tcp://host:port")
        }
    }

    private static func socket(_ path: String) throws(SettingProblem) -> Self {
        guard path.hasPrefix("/") else {
            throw SettingProblem(reason: "must name an absolute socket path such as /var/run/docker.sock")
        }
        guard path.utf8.count <= Self.maximumSocketPathBytes else {
            throw SettingProblem(
                reason: "is longer than the \(Self.maximumSocketPathBytes) bytes that a socket path may have"
            )
        }
        return Self(.unix(path: path))
    }

    private static func hostAndPort(
        _ text: Substring,
        defaultPort: Int
    ) throws(SettingProblem) -> (host: String, port: Int) {
        var authority = text
        if authority.hasSuffix("/") { authority.removeLast() }
        let host: Substring
        var port: Substring?
        if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
            host = authority[authority.index(after: authority.startIndex)..<close]
            let behind = authority[authority.index(after: close)...]
            guard behind.isEmpty || behind.hasPrefix(":") else {
                throw SettingProblem(reason: "must be tcp://host:port")
            }
            if !behind.isEmpty { port = behind.dropFirst() }
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        } else {
            host = authority
        }
        guard !host.isEmpty, !host.contains(where: { "/@[".contains($0) }) else {
            throw SettingProblem(reason: "must be tcp://host:port")
        }
        guard let port else { return (String(host), defaultPort) }
        guard let number = Int(port), (1...65535).contains(number) else {
            throw SettingProblem(reason: "has the port '\(port)'; a port is 1 to 65535")
        }
        return (String(host), number)
    }
}

extension EngineAddress {
    /// The socket paths where engines are found when nothing is configured, in order.
    package static func candidates(environment: [String: String], userID: UInt32) -> [String] {
        var paths = ["/var/run/docker.sock"]
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
        let runtime = environment["XDG_RUNTIME_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        if let home {
            paths += ["\(home)/.docker/run/docker.sock", "\(home)/.orbstack/run/docker.sock"]
        }
        paths.append("/run/docker.sock")
        if let runtime { paths.append("\(runtime)/docker.sock") }
        paths.append("/run/user/\(userID)/docker.sock")
        if let home {
            paths += ["\(home)/.colima/default/docker.sock", "\(home)/.rd/docker.sock"]
        }
        if let runtime { paths.append("\(runtime)/podman/podman.sock") }
        return paths
    }

    /// The first candidate that exists, else the usual place, so that errors name it.
    package static func detect(
        environment: [String: String],
        userID: UInt32,
        exists: (String) -> Bool
    ) -> EngineAddress {
        let found = Self.candidates(environment: environment, userID: userID).first(where: exists)
        return EngineAddress(.unix(path: found ?? "/var/run/docker.sock"))
    }
}

extension String {
    /// A host as it stands in a URL or before a port: an IPv6 address in brackets.
    package var asURLHost: String { self.contains(":") ? "[\(self)]" : self }
}
