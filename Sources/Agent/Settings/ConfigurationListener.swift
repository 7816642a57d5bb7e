import Auth
import LocalServer

/// Where the agent listens.
extension Configuration {
    static func isEdge(_ reader: EnvironmentReader) -> Bool { reader.string("DRYDOCK_URL") != nil }

    /// What tells another product's agent to dial out, by the name of that product.
    private static let foreignControllers = ["DOCKHAND_SERVER_URL": "Hawser", "EDGE_KEY": "the Portainer agent"]

    /// Settings taken over from an agent that dialled must not open a port instead, with a token that was meant for the way
    /// out. A `BIND_ADDRESS` says that a port is wanted.
    static func checkForeignControllers(_ reader: inout EnvironmentReader) {
        guard reader.string("BIND_ADDRESS") == nil else { return }
        for (name, product) in Self.foreignControllers.sorted(by: { $0.key < $1.key }) where reader.string(name) != nil
        {
            reader.problem(
                name,
                "is a setting of \(product), which this agent does not speak with; to dial a Drydock, set DRYDOCK_URL to its "
                    + "base URL and PRIVATE_KEY_FILE; to listen instead, remove \(name) or set BIND_ADDRESS"
            )
        }
    }

    /// Loopback by default in edge mode: what the local listener says there is for this host. In standard mode others
    /// are meant to come.
    static func address(_ reader: inout EnvironmentReader) -> BindAddress? {
        let port = reader.integer("PORT", default: 3000, in: 0...65535)
        let fallback = Self.isEdge(reader) ? "127.0.0.1" : "0.0.0.0"
        do throws(BindAddress.ParseError) {
            return try BindAddress(parsing: reader.string("BIND_ADDRESS") ?? fallback, port: port)
        } catch {
            reader.problem("BIND_ADDRESS", error.reason)
            return nil
        }
    }

    /// The local listener of edge mode, which asks for no credential.
    static func operations(_ reader: inout EnvironmentReader) -> OperationsSettings? {
        guard let address = Self.address(&reader) else { return nil }
        let isForOthers = reader.boolean("ALLOW_UNAUTHENTICATED_REMOTE", default: false)
        if !address.isForThisHost, !isForOthers {
            reader.problem(
                "BIND_ADDRESS",
                "is '\(address.host)', and in edge mode the listener asks for no credential: other hosts would read status "
                    + "and metrics; set BIND_ADDRESS to 127.0.0.1, or ALLOW_UNAUTHENTICATED_REMOTE=true to let them"
            )
        }
        return OperationsSettings(address: address, browsers: Self.browsers(&reader, address: address, tls: nil))
    }

    /// What keeps web pages away from a listener.
    static func browsers(_ reader: inout EnvironmentReader, address: BindAddress, tls: TLSFiles?) -> BrowserGuard {
        var hosts: Set<String> = []
        for text in reader.list("ALLOWED_HOSTS") {
            if let host = BrowserGuard.host(text) {
                hosts.insert(host)
            } else {
                reader.problem(
                    "ALLOWED_HOSTS",
                    "holds '\(text)'; each entry must be a host name or an IP address, without a port"
                )
            }
        }
        // `lookout status` and others on this host call the listener by the name that it is bound to.
        if case .tcp(let name, _) = address, let host = BrowserGuard.host(name) { hosts.insert(host) }
        var origins: Set<WebOrigin> = []
        for text in reader.list("ALLOWED_ORIGINS") {
            if let origin = WebOrigin(text) {
                origins.insert(origin)
            } else {
                reader.problem(
                    "ALLOWED_ORIGINS",
                    "holds '\(text)'; each entry must be an origin, as in https://ui.example.org"
                )
            }
        }
        let rule: BrowserGuard.HostRule =
            switch address {
            case .unix: .anything
            case .tcp: tls != nil ? .certified : address.isForThisHost ? .loopback : .addresses
            }
        return BrowserGuard(rule, allowedHosts: hosts, allowedOrigins: origins)
    }

    /// Certificates of the listener's own.
    static func listenerTLS(_ reader: inout EnvironmentReader, files: HostFiles) -> TLSFiles? {
        let certificate = Self.existing("TLS_CERT", &reader, files)
        let key = Self.existing("TLS_KEY", &reader, files)
        let authorities = Self.existing("TLS_CLIENT_CA", &reader, files)
        switch (certificate, key) {
        case (let certificate?, let key?):
            return TLSFiles(certificate: certificate, key: key, clientAuthorities: authorities)
        case (nil, nil):
            if authorities != nil { reader.problem("TLS_CLIENT_CA", "is set, but TLS_CERT and TLS_KEY are not") }
        case (_?, nil): reader.problem("TLS_CERT", "is set, but TLS_KEY is not; set both or neither")
        case (nil, _?): reader.problem("TLS_KEY", "is set, but TLS_CERT is not; set both or neither")
        }
        return nil
    }
}
