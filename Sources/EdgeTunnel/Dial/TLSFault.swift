import Base
import NIOCore
import NIOSSL

/// Says in words why a TLS connection did not come about, and what to do.
enum TLSFault {
    /// - Parameters:
    ///   - certificate: what the peer showed, as far as it got to that.
    ///   - isLater: the handshake was done on our side, so the peer objects to something else than its own key.
    static func text(
        _ error: any Error,
        certificate: PeerCertificate?,
        of peer: TLSPeer,
        now: UnixTime,
        isLater: Bool = false
    ) -> String {
        if let extra = error as? NIOSSLExtraError {
            if extra == .failedToValidateHostname, let certificate { return Self.wrongName(certificate, of: peer) }
            if extra == .serverHostnameImpossibleToMatch {
                return
                    "the name \(peer.host) holds characters that no certificate can be for; dial it under another name"
            }
        }
        if error.isHangUp { return Self.hangUp(peer.role) }
        let detail = Self.detail(error)
        if detail.contains("CERTIFICATE_VERIFY_FAILED") {
            return certificate.map { Self.untrusted($0, of: peer, now: now) }
                ?? "\(Self.name(peer.role))'s certificate could not be verified"
        }
        if detail.contains("ALERT_HANDSHAKE_FAILURE") {
            return certificate == nil && !isLater ? Self.nothingInCommon(peer.role) : Self.refusedHandshake(peer.role)
        }
        for (marks, text) in Self.known where marks.contains(where: { detail.contains($0) }) { return text(peer.role) }
        return Self.unknown(detail, peer.role)
    }

    static func wrongPin(_ certificate: PeerCertificate) -> String {
        "the controller's certificate has the pin \(certificate.pin), which CONTROLLER_PIN does not list; if the "
            + "controller's key was replaced on purpose, put this pin there (\(Self.identity(certificate)))"
    }

    static func weak(_ certificate: PeerCertificate, _ weakness: String, of peer: TLSPeer) -> String {
        "\(Self.name(peer.role))'s certificate \(weakness) (\(Self.identity(certificate)))"
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
        if certificate.isForClientsOnly {
            return
                "\(name)'s certificate is for TLS clients only (extended key usage clientAuth); issue one for servers, "
                + "with serverAuth (\(identity))"
        }
        if let weakness = certificate.weakness { return Self.weak(certificate, weakness, of: peer) }
        if certificate.isSelfSigned {
            return "\(name)'s certificate is signed by itself; name its file in CA_CERT (\(identity))"
        }
        let form =
            certificate.isSignedByPSS
            ? ". Or its RSA-PSS signature has a form that the agent does not take: the hash has to be SHA-256, SHA-384 or "
                + "SHA-512, and the salt as long as the hash" : ""
        // An intermediate alone in CA_CERT is not an anchor to the TLS library.
        return "\(name)'s certificate comes from an authority this host does not know, "
            + "\(certificate.issuer); name that authority's root certificate in CA_CERT, and if it is not the root "
            + "itself, let the server send the certificates between\(form) (\(identity))"
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
        (
            ["WRONG_SIGNATURE_TYPE", "NO_COMMON_SIGNATURE_ALGORITHMS"],
            {
                "\(Self.name($0)) signs the TLS handshake with an algorithm that the agent does not accept, such as "
                    + "SHA-1; update its TLS library"
            }
        ),
        (
            ["BAD_ECC_CERT", "WRONG_CURVE", "UNSUPPORTED_ALGORITHM", "PEER_ERROR_UNSUPPORTED_CERTIFICATE_TYPE"],
            { "\(Self.name($0))'s certificate has a key of a kind that the agent cannot use; \(Self.usableKeys)" }
        ),
        (
            ["KEY_USAGE_BIT_INCORRECT"],
            {
                "\(Self.name($0))'s certificate forbids what a server does with it (key usage without "
                    + "digitalSignature); issue one for TLS servers"
            }
        ),
        (["ALERT_INTERNAL_ERROR"], { "\(Self.name($0)) failed in the TLS handshake by its own account; see its log" }),
        (["UNRECOGNIZED_NAME"], { "\(Self.name($0)) does not serve the host name that was dialled" }),
        (["EOF during handshake", "the connection was gone", "UncleanShutdown", "uncleanShutdown"], Self.hangUp),
    ]

    private static let usableKeys =
        "use RSA of 2048 bits or more (not RSA-PSS), ECDSA on P-256, P-384 or P-521, or Ed25519"

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

    /// The refusal came before the peer's certificate.
    private static func nothingInCommon(_ role: TLSPeer.Role) -> String {
        "\(Self.name(role)) refused the TLS handshake before it showed a certificate: it has no cipher, no key or no "
            + "signature that the agent accepts. Signatures need SHA-256 or better; for the key, \(Self.usableKeys)"
    }

    /// What servers say before TLS 1.3 when a client certificate is missing, and in general.
    private static func refusedHandshake(_ role: TLSPeer.Role) -> String {
        switch role {
        case .controller:
            "the server refused the TLS handshake; it may want a client certificate (CLIENT_CERT, CLIENT_KEY)"
        case .proxy: "the proxy refused the TLS handshake; it may want a client certificate, which the agent has not"
        }
    }

    /// - Parameter detail: the TLS library's or the system's own words.
    private static func unknown(_ detail: String, _ role: TLSPeer.Role) -> String {
        "the TLS connection to \(Self.name(role)) failed for a reason that the agent has no words for; the library says: "
            + detail
    }

    /// The library's own words, without the place in its source.
    static func detail(_ error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let stack)), BoringSSLError.sslError(let stack):
            stack.map { Self.reason($0.description) }.joined(separator: "; ")
        case ChannelError.ioOnClosedChannel: "the connection was gone"
        case let error as IOError: SystemFault(error.errnoCode).description
        default: "\(error)"
        }
    }

    /// `error:10000410:SSL routines:OPENSSL_internal:SSLV3_ALERT_BAD_CERTIFICATE at /some/where/tls_record.cc:491`
    private static func reason(_ text: String) -> Substring {
        let end = text.firstRange(of: " at /")?.lowerBound ?? text.endIndex
        return text[..<end].split(separator: ":").last ?? text[...]
    }
}
