import NIOSSL
import Testing

@testable import EdgeTunnel

/// Certificates of every kind on a server, and what the dialler makes of them.
@Suite(.timeLimit(.minutes(2))) struct CertificateKindTests {
    private static let saltLikeHash = [
        "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
    ]

    /// Dials `host` at a server that shows `leaf`.
    private static func dial(
        _ leaf: TestAuthority.Leaf,
        of authority: TestAuthority,
        host: String = "drydock.test",
        version: TLSVersion = .tlsv13,
        _ settings: (inout DialSettings.TLS) -> Void = { _ in }
    ) async throws -> String {
        let context = try leaf.server {
            $0.minimumTLSVersion = .tlsv12
            $0.maximumTLSVersion = version
        }
        let server = try await ScriptedServer.following(.startTLS(context))
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = authority.file
        settings(&rig.settings.tls)
        let outcome = try await rig.open("https://\(host):\(server.port)")
        try await server.stop()
        return outcome.text
    }

    // MARK: Keys

    @Test(
        arguments: [TestAuthority.Key.p256, .p384, .p521, .ed25519, .rsa(bits: 2048)],
        [TLSVersion.tlsv12, .tlsv13]
    )
    func aServersKeyOfAnUsualKindIsAccepted(key: TestAuthority.Key, version: TLSVersion) async throws {
        let authority = try await TestAuthority(key: key)
        let leaf = try await authority.leaf("DNS:drydock.test", key: key)
        #expect(try await Self.dial(leaf, of: authority, version: version) == "opened")
    }

    @Test func aCertificateSignedByRSAPSSIsAccepted() async throws {
        let authority = try await TestAuthority(key: .rsa(bits: 2048))
        let leaf = try await authority.leaf("DNS:drydock.test", key: .rsa(bits: 2048), signing: Self.saltLikeHash)
        #expect(try await Self.dial(leaf, of: authority) == "opened")
    }

    @Test func aFormOfRSAPSSThatIsNotTakenIsNamed() async throws {
        let authority = try await TestAuthority(key: .rsa(bits: 2048))
        let odd = ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"]
        let leaf = try await authority.leaf("DNS:drydock.test", signing: odd)
        let text = try await Self.dial(leaf, of: authority)
        #expect(
            text.contains("the hash has to be SHA-256, SHA-384 or SHA-512, and the salt as long as the hash"),
            "\(text)"
        )
    }

    /// The alert with which OpenSSL answers a client that cannot use the server's only key.
    @Test func aServerWithoutAKeyForUsIsNamed() async throws {
        let server = try await ScriptedServer.following(.reply(after: 1, [21, 3, 3, 0, 2, 2, 40]))
        let text = try await DialRig().open("https://drydock.test:\(server.port)").text
        #expect(text.contains("refused the TLS handshake before it showed a certificate"), "\(text)")
        #expect(text.contains("use RSA of 2048 bits or more (not RSA-PSS)"), "\(text)")
        try await server.stop()
    }

    @Test func anAuthorityWithAKeyForRSAPSSAloneIsNamed() async throws {
        let authority = try await TestAuthority(key: .rsaPSS)
        let leaf = try await authority.leaf("DNS:drydock.test")
        let text = try await Self.dial(leaf, of: authority)
        #expect(text.contains("CA_CERT: \(authority.file) holds no certificate that can be used"), "\(text)")
        #expect(text.contains("has an RSA-PSS key"), "\(text)")
    }

    // MARK: Strength

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func anRSAKeyBelow2048BitsIsRefused(version: TLSVersion) async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:drydock.test", key: .rsa(bits: 1024))
        let text = try await Self.dial(leaf, of: authority, version: version)
        #expect(
            text.hasPrefix(
                "tls failed: the controller's certificate has an RSA key of 1024 bits, which can be broken; renew it with "
                    + "2048 bits or more (subject CN=leaf"
            ),
            "\(text)"
        )
        #expect(try await Self.dial(leaf, of: authority) { $0.verifies = false } == "opened")
    }

    @Test func aSignatureWithSHA1IsRefused() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:drydock.test", signing: ["-sha1"])
        let text = try await Self.dial(leaf, of: authority)
        #expect(
            text.hasPrefix(
                "tls failed: the controller's certificate is signed with SHA-1, which can be forged; renew it"
            ),
            "\(text)"
        )
        #expect(try await Self.dial(leaf, of: authority) { $0.verifies = false } == "opened")
    }

    /// A file that is trusted as it is needs no signature.
    @Test func aCertificateThatSignsItselfMayDoSoWithSHA1() async throws {
        let authority = try await TestAuthority(
            signing: ["-sha1", "-addext", "subjectAltName=DNS:drydock.test"]
        )
        #expect(try await Self.dial(authority.own, of: authority) == "opened")
    }

    @Test func aServerThatSignsTheHandshakeWithSHA1IsRefused() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:drydock.test", key: .rsa(bits: 2048))
        let context = try leaf.server {
            $0.maximumTLSVersion = .tlsv12
            $0.signingSignatureAlgorithms = [.rsaPkcs1Sha1]
            // With other suites RSA would encrypt, and nothing would be signed.
            $0.cipherSuiteValues = [.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
        }
        let server = try await ScriptedServer.following(.startTLS(context))
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = authority.file
        let text = try await rig.open("https://drydock.test:\(server.port)").text
        #expect(text.contains("Signatures need SHA-256 or better"), "\(text)")
        try await server.stop()
    }

    // MARK: Purpose and name

    @Test func aCertificateForClientsOnlyIsCalledThat() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:drydock.test", usage: "clientAuth")
        let text = try await Self.dial(leaf, of: authority)
        #expect(text.contains("is for TLS clients only (extended key usage clientAuth)"), "\(text)")
        let both = try await authority.leaf("DNS:drydock.test", usage: "clientAuth,serverAuth")
        #expect(try await Self.dial(both, of: authority) == "opened")
    }

    @Test(arguments: [
        ("drydock_1", "DNS:drydock_1"), ("my_app.test", "DNS:*.test"), ("a.my_net.test", "DNS:*.my_net.test"),
    ])
    func aNameWithAnUnderscoreMatches(host: String, names: String) async throws {
        let authority = try await TestAuthority()
        #expect(try await Self.dial(authority.leaf(names), of: authority, host: host) == "opened")
    }

    @Test(arguments: [("drydock_1", "DNS:drydock_2"), ("drydock_1", "DNS:drydock-1"), ("a_b.c.test", "DNS:*.test")])
    func anotherNameThanTheOneWithAnUnderscoreIsNamed(host: String, names: String) async throws {
        let authority = try await TestAuthority()
        let text = try await Self.dial(authority.leaf(names), of: authority, host: host)
        #expect(text.contains("is for \(names.dropFirst(4)), not for \(host)"), "\(text)")
    }
}
