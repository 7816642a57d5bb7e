import Base
import NIOCore
import NIOSSL

/// Says in words why a TLS connection did not come about, and what to do.
enum TLSFault {
    /// - Parameter certificate: what the peer showed, as far as it got to that.
    static func text(_ error: any Error, certificate: PeerCertificate?, of peer: TLSPeer, now: UnixTime) -> String {
        if let extra = error as? NIOSSLExtraError, extra == .failedToValidateHostname, let certificate {
            return Self.wrongName(certificate, of: peer)
        }
        if error.isHangUp { return Self.hangUp(peer.role) }
        let detail = Self.detail(error)
        if detail.contains("CERTIFICATE_VERIFY_FAILED") {
            return certificate.map { Self.untrusted($0, of: peer, now: now) }
                ?? "\(Self.name(peer.role))'s certificate could not be verified"
        }
        for (marks, text) in Self.known where marks.contains(where: { detail.contains($0) }) { return text(peer.role) }
        return detail
    }

    static func wrongPin(_ certificate: PeerCertificate) -> String {
        "the controller's certificate has the pin \(certificate.pin), which CONTROLLER_PIN does not list; if the "
            + "controller's key was replaced on purpose, put this pin there (\(Self.identity(certificate)))"
    }

    static func wrongName(_ certificate: PeerCertificate, of peer: TLSPeer) -> String {
        let names = certificate.names.isEmpty ? "no name at all" : certificate.names.joined(separator: ", ")
        return "\(Self.name(peer.role))'s certificate is for \(names), not for \(peer.host); dial one of its names or "
            + "renew it with this one (\(Self.identity(certificate)))"
    }

    @Sendable static func hangUp(_ role: TLSPeer.Role) -> String {
        "\(Self.name(role)) closed the connection during the TLS handshake"
    }

    static func name(_ role: TLSPeer.Role) -> String {
        switch role {
        case .controller: "the controller"
        case .proxy: "the proxy"
        }
    }

    private static func untrusted(_ certificate: PeerCertificate, of peer: TLSPeer, now: UnixTime) -> String {
        let (name, identity) = (Self.name(peer.role), Self.identity(certificate))
        if certificate.notAfter < now {
            return "\(name)'s certificate expired on \(certificate.notAfter.rfc3339); renew it, or set this "
                + "host's clock right if that is still to come (\(identity))"
        }
        if now < certificate.notBefore {
            return "\(name)'s certificate is valid only from \(certificate.notBefore.rfc3339); this host's "
                + "clock may be slow (\(identity))"
        }
        if certificate.isSelfSigned {
            return "\(name)'s certificate is signed by itself; name its file in CA_CERT (\(identity))"
        }
        // An intermediate alone in CA_CERT is no anchor to the TLS library.
        return "\(name)'s certificate comes from an authority this host does not know, "
            + "\(certificate.issuer); name that authority's root certificate in CA_CERT, and if it is not the root "
            + "itself, let the server send the certificates between (\(identity))"
    }

    private static func identity(_ certificate: PeerCertificate) -> String {
        "subject \(certificate.subject), issuer \(certificate.issuer), SHA-256 \(certificate.fingerprint)"
    }

    /// Marks in the TLS library's errors, and what they mean to a person.
    private static let known: [(marks: [String], text: @Sendable (TLSPeer.Role) -> String)] = [
        (["WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST"], Self.notTLS),
        (
            ["UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION"],
            { "\(Self.name($0)) offers nothing newer than TLS 1.1; it must offer TLS 1.2 or 1.3" }
        ),
        (
            [
                "CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_CERTIFICATE_UNKNOWN",
                "ALERT_ACCESS_DENIED", "ALERT_CERTIFICATE_EXPIRED", "ALERT_NO_CERTIFICATE",
            ], Self.clientCertificate
        ),
        (["ALERT_HANDSHAKE_FAILURE"], Self.refusedHandshake),
        (["UNRECOGNIZED_NAME"], { "\(Self.name($0)) does not serve the host name that was dialled" }),
        (["EOF during handshake"], Self.hangUp),
    ]

    @Sendable private static func notTLS(_ role: TLSPeer.Role) -> String {
        switch role {
        case .controller:
            "the port does not speak TLS; check the port in DRYDOCK_URL, or put a TLS proxy before the controller"
        case .proxy(let proxy): "the port does not speak TLS; use http://\(proxy.authority) if the proxy has none"
        }
    }

    @Sendable private static func clientCertificate(_ role: TLSPeer.Role) -> String {
        switch role {
        case .controller:
            "the server wants a client certificate and did not accept ours; check CLIENT_CERT and CLIENT_KEY"
        case .proxy: "the proxy wants a client certificate, which the agent has for a controller only"
        }
    }

    /// What servers say before TLS 1.3 when a client certificate is missing, and in general.
    @Sendable private static func refusedHandshake(_ role: TLSPeer.Role) -> String {
        switch role {
        case .controller:
            "the server refused the TLS handshake; it may want a client certificate (CLIENT_CERT, CLIENT_KEY)"
        case .proxy: "the proxy refused the TLS handshake; it may want a client certificate, which the agent has not"
        }
    }

    private static func detail(_ error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let stack)), BoringSSLError.sslError(let stack):
            stack.map { Self.reason($0.description) }.joined(separator: "; ")
        case ChannelError.ioOnClosedChannel: "the connection was gone before the TLS handshake"
        default: "\(error)"
        }
    }

    /// `error:10000410:SSL routines:OPENSSL_internal:SSLV3_ALERT_BAD_CERTIFICATE at /some/where/tls_record.cc:491`
    private static func reason(_ text: String) -> Substring {
        let end = text.firstRange(of: " at /")?.lowerBound ?? text.endIndex
        return text[..<end].split(separator: ":").last ?? text[...]
    }
}

/// Whom a TLS connection has to lead to.
struct TLSPeer: Sendable {
    enum Role: Sendable {
        case controller
        case proxy(Proxy)
    }

    let role: Role
    /// The name or address that was dialled.
    let host: String
    let verifies: Bool
    let pins: [CertificatePin]

    /// Compared here and not by the TLS library, which would compare the address at the other end of the connection:
    /// behind a proxy that is the proxy's.
    var address: IPAddress? { self.verifies ? IPAddress(self.host) : nil }

    /// What is left to check when the TLS library is content.
    ///
    /// - Parameter certificate: `nil` when it could not be read, which is no way around a check.
    /// - Returns: `nil` when there is nothing against it.
    func objection(to certificate: PeerCertificate?) -> String? {
        guard let certificate else {
            let isChecked = self.address != nil || !self.pins.isEmpty
            return isChecked ? "\(TLSFault.name(self.role))'s certificate cannot be read" : nil
        }
        if let address, !certificate.addresses.contains(address) {
            return TLSFault.wrongName(certificate, of: self)
        }
        if !self.pins.isEmpty, !self.pins.contains(certificate.pin) {
            return TLSFault.wrongPin(certificate)
        }
        return nil
    }
}
