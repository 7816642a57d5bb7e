import Auth
import NIOSSL

/// Says in words why a TLS connection did not come about, and what to do.
enum TLSFault {
    /// - Parameters:
    ///   - certificate: what the peer showed, as far as it got to that.
    ///   - host: the name that was dialled.
    static func text(
        _ error: any Error,
        certificate: PeerCertificate?,
        host: String,
        now: UnixTime
    ) -> String {
        if let extra = error as? NIOSSLExtraError, extra == .failedToValidateHostname, let certificate {
            return Self.wrongName(certificate, host: host)
        }
        let detail = Self.detail(error)
        if detail.contains("CERTIFICATE_VERIFY_FAILED") {
            return certificate.map { Self.untrusted($0, now: now) } ?? "the certificate could not be verified"
        }
        for (mark, text) in Self.known where detail.contains(mark) { return text }
        return detail
    }

    static func wrongPin(_ certificate: PeerCertificate) -> String {
        "the controller's certificate has the pin \(certificate.pin), which CONTROLLER_PIN does not list; if the "
            + "controller's key was replaced on purpose, put this pin there (\(Self.identity(certificate)))"
    }

    static func wrongName(_ certificate: PeerCertificate, host: String) -> String {
        let names = certificate.names.isEmpty ? "no name at all" : certificate.names.joined(separator: ", ")
        return "the controller's certificate is for \(names), not for \(host); dial one of its names or renew it "
            + "with this one (\(Self.identity(certificate)))"
    }

    private static func untrusted(_ certificate: PeerCertificate, now: UnixTime) -> String {
        let identity = Self.identity(certificate)
        if certificate.notAfter < now {
            return "the controller's certificate expired on \(certificate.notAfter.rfc3339); renew it, or set this "
                + "host's clock right if that is still to come (\(identity))"
        }
        if now < certificate.notBefore {
            return "the controller's certificate is valid only from \(certificate.notBefore.rfc3339); this host's "
                + "clock may be slow (\(identity))"
        }
        if certificate.isSelfSigned {
            return "the controller's certificate is signed by itself; name its file in CA_CERT (\(identity))"
        }
        return "the controller's certificate comes from an authority this host does not know, "
            + "\(certificate.issuer); name that authority's certificate in CA_CERT (\(identity))"
    }

    private static func identity(_ certificate: PeerCertificate) -> String {
        "subject \(certificate.subject), issuer \(certificate.issuer), SHA-256 \(certificate.fingerprint)"
    }

    /// Marks in the TLS library's errors, and what they mean to a person.
    private static let known: [(mark: String, text: String)] = [
        ("WRONG_VERSION_NUMBER", Self.notTLS), ("HTTP_REQUEST", Self.notTLS), ("HTTPS_PROXY_REQUEST", Self.notTLS),
        ("UNSUPPORTED_PROTOCOL", Self.tooOld), ("ALERT_PROTOCOL_VERSION", Self.tooOld),
        ("CERTIFICATE_REQUIRED", Self.clientCertificate), ("ALERT_BAD_CERTIFICATE", Self.clientCertificate),
        ("ALERT_UNKNOWN_CA", Self.clientCertificate), ("ALERT_CERTIFICATE_UNKNOWN", Self.clientCertificate),
        ("ALERT_ACCESS_DENIED", Self.clientCertificate), ("ALERT_CERTIFICATE_EXPIRED", Self.clientCertificate),
        ("UNRECOGNIZED_NAME", "the server at this address does not serve this host name; check DRYDOCK_URL"),
        ("EOF during handshake", "the server closed the connection during the TLS handshake"),
    ]
    private static let notTLS =
        "the port does not speak TLS; check the port in DRYDOCK_URL, or put a TLS proxy before the controller"
    private static let tooOld = "the server offers nothing newer than TLS 1.1; it must offer TLS 1.2 or 1.3"
    private static let clientCertificate =
        "the server wants a client certificate and did not accept ours; check CLIENT_CERT and CLIENT_KEY"

    private static func detail(_ error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let stack)), BoringSSLError.sslError(let stack):
            stack.map(\.description).joined(separator: "; ")
        default: "\(error)"
        }
    }
}
