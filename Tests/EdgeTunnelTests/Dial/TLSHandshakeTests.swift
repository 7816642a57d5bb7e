import NIOSSL
import Testing

@testable import EdgeTunnel

/// A server on loopback with one certificate after the other, and what the dialler makes of it.
@Suite(.timeLimit(.minutes(1))) struct TLSHandshakeTests {
    private static let otherPin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    private let authority: TestAuthority

    init() async throws {
        self.authority = try await TestAuthority()
    }

    private enum Manners {
        case usual
        case oldVersions
        case wantsCertificates
    }

    private func behaving(_ manners: Manners) -> (inout TLSConfiguration) -> Void {
        { configuration in
            switch manners {
            case .usual: break
            case .oldVersions:
                configuration.minimumTLSVersion = .tlsv1
                configuration.maximumTLSVersion = .tlsv11
            case .wantsCertificates:
                configuration.certificateVerification = .noHostnameVerification
                configuration.trustRoots = .file(self.authority.file)
                // In TLS 1.3 the refusal comes after the handshake.
                configuration.maximumTLSVersion = .tlsv12
            }
        }
    }

    /// Dials `host` at a server that shows a certificate for `names`.
    private func dial(
        _ host: String = "drydock.test",
        names: String = "DNS:drydock.test,IP:127.0.0.1",
        days: Int = 2,
        server manners: Manners = .usual,
        _ settings: (inout DialSettings.TLS) -> Void = { _ in }
    ) async throws -> DialRig.Outcome {
        let leaf = try await self.authority.leaf(names, days: days)
        let server = try await ScriptedServer.following(.startTLS(try leaf.server(self.behaving(manners))))
        var rig = DialRig()
        rig.settings.tls.caCertificateFile = self.authority.file
        settings(&rig.settings.tls)
        let outcome = try await rig.open("https://\(host):\(server.port)")
        try await server.stop()
        return outcome
    }

    // MARK: Trusted

    @Test(arguments: ["drydock.test", "127.0.0.1"])
    func aCertificateOfTheGivenAuthorityIsTrusted(host: String) async throws {
        let outcome = try await self.dial(host)
        #expect(outcome.text == "opened")
        #expect(outcome.phases == [.dns, .tcp, .tls])
        #expect(outcome.certificate?.names == ["drydock.test", "127.0.0.1"])
        #expect(outcome.certificate?.issuer == "CN=Test CA")
    }

    @Test func theSameKeyUnderItsPinIsTrusted() async throws {
        let leaf = try await self.authority.leaf("DNS:drydock.test")
        let pin = try #require(PeerCertificate(try NIOSSLCertificate.fromPEMFile(leaf.file)[0])).pin
        for isUnverified in [false, true] {
            let server = try await ScriptedServer.following(.startTLS(try leaf.server()))
            var rig = DialRig()
            rig.settings.tls.caCertificateFile = isUnverified ? nil : self.authority.file
            rig.settings.tls.verifies = !isUnverified
            rig.settings.tls.pins = [try #require(CertificatePin(Self.otherPin)), pin]
            #expect(try await rig.open("https://drydock.test:\(server.port)").text == "opened")
            try await server.stop()
        }
    }

    @Test func withoutVerificationAnythingIsTrusted() async throws {
        let outcome = try await self.dial(names: "DNS:other.test", days: -1) {
            $0.caCertificateFile = nil
            $0.verifies = false
        }
        #expect(outcome.text == "opened")
    }

    // MARK: Refused

    private func expect(_ outcome: DialRig.Outcome, says words: String...) {
        #expect(outcome.phases == [.dns, .tcp, .tls])
        #expect(outcome.text.hasPrefix("tls failed: "), "\(outcome.text)")
        for words in words { #expect(outcome.text.contains(words), "\(outcome.text)") }
    }

    @Test func anUnknownAuthorityIsNamed() async throws {
        let outcome = try await self.dial { $0.caCertificateFile = nil }
        self.expect(outcome, says: "an authority this host does not know, CN=Test CA", "CA_CERT", "SHA-256 ")
    }

    @Test func anExpiredCertificateIsNamed() async throws {
        self.expect(
            try await self.dial(days: -1),
            says: "the controller's certificate expired on 20",
            "issuer CN=Test CA"
        )
    }

    @Test(arguments: ["drydock.test", "127.0.0.1"])
    func aCertificateForSomebodyElseIsNamed(host: String) async throws {
        let outcome = try await self.dial(host, names: "DNS:other.test,IP:192.0.2.7")
        self.expect(outcome, says: "is for other.test, 192.0.2.7, not for \(host)")
    }

    @Test(arguments: [true, false])
    func anotherKeyThanThePinnedOneIsNamed(verifies: Bool) async throws {
        let pin = try #require(CertificatePin(Self.otherPin))
        let outcome = try await self.dial {
            $0.pins = [pin]
            $0.verifies = verifies
        }
        self.expect(outcome, says: "which CONTROLLER_PIN does not list", "has the pin sha256/")
    }

    @Test func aServerThatSpeaksOnlyOldVersionsIsNamed() async throws {
        let outcome = try await self.dial(server: .oldVersions)
        self.expect(outcome, says: "nothing newer than TLS 1.1")
    }

    @Test func aServerThatWantsACertificateIsNamed() async throws {
        self.expect(
            try await self.dial(server: .wantsCertificates),
            says: "it may want a client certificate (CLIENT_CERT"
        )
        let ours = try await self.authority.leaf("DNS:agent.test")
        let accepted = try await self.dial(server: .wantsCertificates) {
            $0.client = .init(certificateFile: ours.file, keyFile: ours.keyFile)
        }
        #expect(accepted.text == "opened")
    }

    @Test func aPortThatSpeaksHTTPIsNamed() async throws {
        let server = try await ScriptedServer.following(
            .reply(after: 1, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        )
        let outcome = try await DialRig().open("https://drydock.test:\(server.port)")
        self.expect(outcome, says: "the port does not speak TLS; check the port in DRYDOCK_URL")
        try await server.stop()
    }

    @Test func aServerThatHangsUpIsNamed() async throws {
        let server = try await ScriptedServer.following(.reply(after: 1, []), .close)
        let outcome = try await DialRig().open("https://drydock.test:\(server.port)")
        self.expect(outcome, says: "the controller closed the connection during the TLS handshake")
        try await server.stop()
    }
}
