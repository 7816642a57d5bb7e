import DockerBridge
import Foundation
import NIOCore
import NIOSSL
import Support
import Testing

@testable import LocalServer

/// Keys and certificates of every kind at the listener, and what an operator reads of those that cannot be used.
@Suite(.timeLimit(.minutes(5))) final class CertificateFilesTests {
    private static let p521 = ["ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"]

    private let folder: String

    init() throws {
        self.folder = FileManager.default.temporaryDirectory.appending(path: "listener-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    /// - Parameter key: what `openssl req -newkey` takes.
    private func make(_ key: [String]) async throws -> TLSFiles {
        let name = UUID().uuidString
        let files = TLSFiles(certificate: "\(self.folder)/\(name).crt", key: "\(self.folder)/\(name).key")
        let words =
            ["req", "-x509", "-days", "2", "-subj", "/CN=listener", "-out", files.certificate, "-keyout", files.key]
            + ["-nodes", "-newkey"] + key
        let made = try await runProgram("openssl", words)
        try #require(made.status == 0, "\(String(decoding: made.errors, as: UTF8.self))")
        return files
    }

    private static func fault(_ files: TLSFiles) -> String? {
        let fault = #expect(throws: CertificateFiles.Fault.self) { try CertificateFiles(files) }
        return fault.map { "\($0)" }
    }

    @Test(arguments: [CertificateFilesTests.p521, ["ed25519"], ["rsa:2048"]], [TLSVersion.tlsv12, .tlsv13])
    func aKeyOfAnUsualKindIsServed(key: [String], version: TLSVersion) async throws {
        let files = try await self.make(key)
        try await self.ask(files) {
            $0.maximumTLSVersion = version
            $0.curves = [.x25519, .secp256r1, .secp521r1]
        }
    }

    @Test(arguments: [CertificateFilesTests.p521, ["ed25519"], ["rsa:2048"]], [TLSVersion.tlsv12, .tlsv13])
    func aClientsCertificateOfAnUsualKindIsAccepted(key: [String], version: TLSVersion) async throws {
        var files = try await self.make(["rsa:2048"])
        let client = try await self.make(key)
        files.clientAuthorities = client.certificate
        try await self.ask(files) {
            $0.maximumTLSVersion = version
            $0.certificateChain = try NIOSSLCertificate.fromPEMFile(client.certificate).map { .certificate($0) }
            $0.privateKey = .privateKey(try NIOSSLPrivateKey(file: client.key, format: .pem))
        }
    }

    /// Starts a listener with `files` and has it answer one client.
    private func ask(
        _ files: TLSFiles,
        _ change: @escaping @Sendable (inout TLSConfiguration) throws -> Void
    ) async throws {
        try await ListenerBench.run(prepare: { $0.tls = files }, answer: { $1.respond(200) }) { bench in
            let client = try await TLSClient(bench.path) {
                $0.verifySignatureAlgorithms = SignatureAlgorithm.ofPeers
                try change(&$0)
            }
            try await client.write(ByteBuffer(string: "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
            #expect(try await client.answer().hasPrefix("HTTP/1.1 200 "))
            _ = try await client.close()
        }
    }

    @Test func aKeyForRSAPSSAloneIsRefusedByName() async throws {
        let files = try await self.make(["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"])
        #expect(
            Self.fault(files)
                == "TLS_CERT: \(files.certificate) is for an RSA-PSS key, which the agent cannot serve; use an "
                + "ordinary RSA key (`openssl genpkey -algorithm RSA`) or an ECDSA key"
        )
    }

    @Test func filesThatCannotBeUsedAreNamedInOurWords() async throws {
        let (one, other) = (try await self.make(Self.p521), try await self.make(["ed25519"]))
        #expect(
            Self.fault(TLSFiles(certificate: one.key, key: one.key))
                == "TLS_CERT: \(one.key) cannot be read as PEM certificates"
        )
        #expect(
            Self.fault(TLSFiles(certificate: one.certificate, key: one.certificate))
                == "TLS_KEY: \(one.certificate) cannot be read as a PEM private key without a passphrase"
        )
        let mixed = Self.fault(TLSFiles(certificate: one.certificate, key: other.key))
        #expect(mixed?.hasPrefix("TLS_CERT and TLS_KEY do not fit together") == true, "\(mixed ?? "")")
        let clients = TLSFiles(certificate: one.certificate, key: one.key, clientAuthorities: one.key)
        #expect(Self.fault(clients) == "TLS_CLIENT_CA: \(one.key) cannot be read as PEM certificates")
    }
}
