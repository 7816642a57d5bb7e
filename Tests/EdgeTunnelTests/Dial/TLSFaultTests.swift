import Auth
import Base
import NIOCore
import NIOEmbedded
import NIOSSL
import Testing

@testable import EdgeTunnel

/// What a person reads when the certificate does not fit.
@Suite struct TLSFaultTests {
    private struct VerifyFailed: Error, CustomStringConvertible {
        let description = "error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"
    }

    private struct Other: Error, CustomStringConvertible {
        let description: String
    }

    private static let now = UnixTime(seconds: 1_767_225_606)

    private static func certificate(
        issuer: String = "CN=Home CA",
        names: [String] = ["drydock.example"],
        from start: Int64 = 1_767_000_000,
        to end: Int64 = 1_768_000_000
    ) -> PeerCertificate {
        PeerCertificate(
            subject: "CN=drydock.example",
            issuer: issuer,
            names: names,
            notBefore: UnixTime(seconds: start),
            notAfter: UnixTime(seconds: end),
            fingerprint: "ab12",
            pin: CertificatePin(digest: SHA256Digest(of: ""))
        )
    }

    private static func text(
        _ error: any Error,
        _ certificate: PeerCertificate?,
        role: TLSPeer.Role = .controller
    ) -> String {
        let peer = TLSPeer(role: role, host: "h.example", verifies: true, pins: [])
        return TLSFault.text(error, certificate: certificate, of: peer, now: self.now)
    }

    @Test func anUnknownAuthorityIsNamed() {
        #expect(
            Self.text(VerifyFailed(), Self.certificate())
                == "the controller's certificate comes from an authority this host does not know, CN=Home CA; name that "
                + "authority's root certificate in CA_CERT, and if it is not the root itself, let the server send the "
                + "certificates between (subject CN=drydock.example, issuer CN=Home CA, SHA-256 ab12)"
        )
    }

    @Test func anExpiredCertificateIsNamedWithItsDate() {
        let text = Self.text(VerifyFailed(), Self.certificate(to: 1_767_225_605))
        #expect(text.hasPrefix("the controller's certificate expired on 2026-01-01T00:00:05Z; renew it, or set this"))
        #expect(text.hasSuffix("SHA-256 ab12)"))
    }

    @Test func aCertificateOfTheFutureIsNamedWithItsDate() {
        let text = Self.text(VerifyFailed(), Self.certificate(from: 1_767_225_607))
        #expect(
            text.hasPrefix("the controller's certificate is valid only from 2026-01-01T00:00:07Z; this host's clock")
        )
    }

    @Test func aCertificateSignedByItselfIsNamed() {
        let text = Self.text(VerifyFailed(), Self.certificate(issuer: "CN=drydock.example"))
        #expect(text.hasPrefix("the controller's certificate is signed by itself; name its file in CA_CERT"))
    }

    @Test func aWrongNameIsNamedBesideTheRightOnes() {
        let text = Self.text(NIOSSLExtraError.failedToValidateHostname, Self.certificate(names: ["a", "10.0.0.1"]))
        #expect(
            text.hasPrefix("the controller's certificate is for a, 10.0.0.1, not for h.example; dial one of its names")
        )
        #expect(
            Self.text(NIOSSLExtraError.failedToValidateHostname, Self.certificate(names: [])).contains("no name at all")
        )
    }

    @Test func aWrongPinIsPrintedForTheSettings() {
        let text = TLSFault.wrongPin(Self.certificate())
        #expect(text.contains("sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="))
        #expect(text.contains("CONTROLLER_PIN"))
    }

    @Test func aProxysCertificateIsNotTakenForTheControllers() throws {
        let proxy = TLSPeer.Role.proxy(try Proxy(parsing: "https://me:pw@proxy:1"))
        #expect(Self.text(VerifyFailed(), Self.certificate(), role: proxy).hasPrefix("the proxy's certificate comes"))
        let plain = Self.text(Other(description: "WRONG_VERSION_NUMBER"), nil, role: proxy)
        #expect(plain == "the port does not speak TLS; use http://proxy:1 if the proxy has none")
    }

    @Test(
        arguments: [
            ("WRONG_VERSION_NUMBER", "does not speak TLS"), ("UNSUPPORTED_PROTOCOL", "TLS 1.2"),
            ("TLSV1_ALERT_PROTOCOL_VERSION", "TLS 1.2"), ("TLSV1_CERTIFICATE_REQUIRED", "CLIENT_CERT"),
            ("SSLV3_ALERT_BAD_CERTIFICATE", "CLIENT_CERT"), ("SSLV3_ALERT_HANDSHAKE_FAILURE", "not RSA-PSS"),
            ("WRONG_SIGNATURE_TYPE", "SHA-1"), ("BAD_ECC_CERT", "Ed25519"), ("KEY_USAGE_BIT_INCORRECT", "TLS servers"),
            ("TLSV1_ALERT_INTERNAL_ERROR", "by its own account"),
            ("something else", "has no words for; the library says: something else"),
        ]
    )
    func whatTheLibrarySaysBecomesASentence(mark: String, words: String) {
        #expect(Self.text(Other(description: mark), nil).contains(words))
    }

    @Test func aRefusalBehindTheServersCertificateIsAboutOurs() {
        let refusal = Other(description: "SSLV3_ALERT_HANDSHAKE_FAILURE")
        #expect(Self.text(refusal, Self.certificate()).contains("it may want a client certificate (CLIENT_CERT"))
        let peer = TLSPeer(role: .controller, host: "h", verifies: true, pins: [])
        let later = TLSFault.text(refusal, certificate: nil, of: peer, now: Self.now, isLater: true)
        #expect(later.contains("it may want a client certificate (CLIENT_CERT"))
    }

    @Test func aCertificateForClientsIsCalledThat() {
        var certificate = Self.certificate()
        certificate.isForClientsOnly = true
        #expect(
            Self.text(VerifyFailed(), certificate).hasPrefix(
                "the controller's certificate is for TLS clients only (extended key usage clientAuth); issue one for servers"
            )
        )
    }

    @Test func anUnusualFormOfRSAPSSIsMentioned() {
        var certificate = Self.certificate()
        certificate.isSignedByPSS = true
        #expect(Self.text(VerifyFailed(), certificate).contains("and the salt as long as the hash"))
    }

    @Test func aNameThatNoCertificateCanBeForIsNamed() {
        let text = Self.text(NIOSSLExtraError.serverHostnameImpossibleToMatch, nil)
        #expect(
            text == "the name h.example holds characters that no certificate can be for; dial it under another name"
        )
    }

    @Test func whatIsNotKnownIsToldWithoutPlacesInTheLibrary() throws {
        let channel = EmbeddedChannel()
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let error = #expect(throws: (any Error).self) {
            // Data before the server's hello.
            try channel.writeInbound(ByteBuffer(bytes: [0x17, 3, 3, 0, 1, 0]))
        }
        let text = Self.text(try #require(error), nil)
        #expect(text.contains("UNEXPECTED_RECORD"), "\(text)")
        #expect(!text.contains("/"), "\(text)")
        _ = try? channel.finish()
    }
}
