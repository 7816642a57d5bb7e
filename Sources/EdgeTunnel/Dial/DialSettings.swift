package import Drydock
import NIOCore

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

/// How long one dial may take, and its parts.
package struct DialLimits: Sendable {
    /// A name server that is not heard in this time is asked again at the next dial.
    var resolve = TimeAmount.seconds(5)
    /// For TCP, the proxy and TLS, each. The third try of a lost SYN is sent after 3 s.
    var hop = TimeAmount.seconds(5)
    /// For the three together. An upgrade that stays unanswered says something about the path only if it was given
    /// time: at least 3 s are left for it.
    var open = TimeAmount.seconds(7)
    /// TCP, proxy, TLS and upgrade together, from the contract.
    var whole = TimeAmount.seconds(10)

    /// Longer than any of them: for what has a limit of its own that says more.
    var backstop: TimeAmount { self.whole + self.hop }
}
