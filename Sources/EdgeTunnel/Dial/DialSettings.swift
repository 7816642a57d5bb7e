/// How connections to controllers are made.
package struct DialSettings: Sendable {
    package var tls = TLS()
    package var proxies = ProxySettings()
    /// Asked once for every dial.
    var limits: @Sendable () -> DialLimits = { DialLimits() }

    package struct TLS: Sendable {
        /// PEM bundle that replaces the system roots; read again at every dial.
        package var caCertificateFile: String?
        package var verifies = true
        /// When there are any, the controller's key must be one of them, besides whatever else is verified.
        package var pins: [CertificatePin] = []
        /// What we show to a server that asks for a certificate; read again at every dial.
        package var client: Client?

        package init() {}

        package struct Client: Sendable, Hashable {
            /// PEM, the chain.
            package let certificateFile: String
            /// PEM.
            package let keyFile: String

            package init(certificateFile: String, keyFile: String) {
                self.certificateFile = certificateFile
                self.keyFile = keyFile
            }
        }
    }

    package init() {}
}

/// Where one dial goes.
package struct DialTarget: Sendable, Hashable {
    package var address: ControllerAddress
    package var dialect: Dialect

    package init(address: ControllerAddress, dialect: Dialect) {
        self.address = address
        self.dialect = dialect
    }
}
