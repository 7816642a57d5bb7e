/// What the tunnel needs to know, already checked.
package struct TunnelSettings: Sendable {
    package var controller: ControllerAddress
    package var dialect: Dialect
    /// PKCS#8 PEM; read again for every hello, so that replacing the file needs no restart.
    package var privateKeyFile: String
    /// 1 to 64 of `A-Za-z0-9_-`; `nil` derives a stable one from the key.
    package var agentID: String?
    /// At most 256 UTF-16 units.
    package var agentName: String
    package var hostname: String
    package var agentVersion: String
    package var tls = TLS()
    package var reconnectDelay: Duration = .seconds(1)
    package var maximumReconnectDelay: Duration = .seconds(60)
    /// Between two of our pings.
    package var heartbeat: Duration = .seconds(30)
    /// From our hello to the controller's welcome.
    package var welcomeTimeout: Duration = .seconds(30)

    package struct TLS: Sendable {
        /// PEM bundle that replaces the system roots; read again at every dial.
        package var caCertificateFile: String?
        package var verifies = true

        package init(caCertificateFile: String? = nil, verifies: Bool = true) {
            self.caCertificateFile = caCertificateFile
            self.verifies = verifies
        }
    }

    package init(
        controller: ControllerAddress,
        dialect: Dialect,
        privateKeyFile: String,
        agentID: String?,
        agentName: String,
        hostname: String,
        agentVersion: String
    ) {
        self.controller = controller
        self.dialect = dialect
        self.privateKeyFile = privateKeyFile
        self.agentID = agentID
        self.agentName = agentName
        self.hostname = hostname
        self.agentVersion = agentVersion
    }
}
