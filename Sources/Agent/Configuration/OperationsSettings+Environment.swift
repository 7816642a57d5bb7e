import Base
import LocalServer

/// What the environment says about a listener, in either mode.
extension EnvironmentReader {
    /// Whether the agent dials.
    var isEdge: Bool { self.string(Settings.drydockURL.name) != nil }

    /// Settings taken over from an agent that dialled must not open a port instead, with a token that was meant for the
    /// controller. A `BIND_ADDRESS` says that a port is wanted.
    mutating func refuseForeignControllers() {
        guard self.read(Settings.bindAddress) == nil else { return }
        let foreign = [(Settings.dockhandServerURL, "Hawser"), (Settings.edgeKey, "the Portainer agent")]
        for (setting, product) in foreign where self.read(setting) != nil {
            self.problem(
                setting,
                "is a setting of \(product), which this agent does not speak with; to dial a Drydock, set DRYDOCK_URL to its "
                    + "base URL and PRIVATE_KEY_FILE; to listen instead, remove \(setting.name) or set BIND_ADDRESS"
            )
        }
    }

    /// Loopback by default in edge mode, where the listener serves this host; in standard mode it serves others.
    mutating func address() -> BindAddress? {
        let port = self.read(Settings.port)
        let fallback = self.isEdge ? "127.0.0.1" : "0.0.0.0"
        do throws(SettingProblem) {
            return try BindAddress(parsing: self.read(Settings.bindAddress) ?? fallback, port: port)
        } catch {
            self.problem(Settings.bindAddress, error.reason)
            return nil
        }
    }

    /// What keeps web pages away from a listener.
    mutating func browsers(address: BindAddress, tls: TLSFiles?) -> BrowserGuard {
        var hosts: Set<String> = []
        for text in self.read(Settings.allowedHosts) {
            if let host = BrowserGuard.host(text) {
                hosts.insert(host)
            } else {
                self.problem(
                    Settings.allowedHosts,
                    "holds '\(text)'; each entry must be a host name or an IP address, without a port"
                )
            }
        }
        // `lookout status` and others on this host call the listener by the name that it is bound to.
        if case .tcp(let name, _) = address, let host = BrowserGuard.host(name) { hosts.insert(host) }
        var origins: Set<WebOrigin> = []
        for text in self.read(Settings.allowedOrigins) {
            if let origin = WebOrigin(text) {
                origins.insert(origin)
            } else {
                self.problem(
                    Settings.allowedOrigins,
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
}

extension OperationsSettings {
    /// The local listener of edge mode, which asks for no credential.
    init?(_ reader: inout EnvironmentReader) {
        guard let address = reader.address() else { return nil }
        let isForOthers = reader.read(Settings.allowUnauthenticatedRemote)
        if !address.isForThisHost, !isForOthers {
            reader.problem(
                Settings.bindAddress,
                "is '\(address.host)', and in edge mode the listener asks for no credential: other hosts would read status "
                    + "and metrics; set BIND_ADDRESS to 127.0.0.1, or ALLOW_UNAUTHENTICATED_REMOTE=true to let them"
            )
        }
        self.init(address: address, browsers: reader.browsers(address: address, tls: nil))
    }
}

extension TLSFiles {
    /// Certificates of the listener's own, in standard mode.
    init?(_ reader: inout EnvironmentReader, files: HostFiles) {
        let certificate = reader.existingFile(Settings.tlsCert, files)
        let key = reader.existingFile(Settings.tlsKey, files)
        let authorities = reader.existingFile(Settings.tlsClientCA, files)
        switch (certificate, key) {
        case (let certificate?, let key?):
            self.init(certificate: certificate, key: key, clientAuthorities: authorities)
            return
        case (nil, nil):
            if authorities != nil {
                reader.problem(Settings.tlsClientCA, "is set, but TLS_CERT and TLS_KEY are not")
            }
        case (_?, nil): reader.problem(Settings.tlsCert, "is set, but TLS_KEY is not; set both or neither")
        case (nil, _?): reader.problem(Settings.tlsKey, "is set, but TLS_CERT is not; set both or neither")
        }
        return nil
    }
}
