import Auth
import Base
import Foundation
import NIOSSL
import Testing

@testable import EdgeTunnel

/// Every fact is compared with what the `openssl` program says.
@Suite struct PeerCertificateTests {
    @Test func theFactsAreThoseThatOpenSSLReads() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf(
            "DNS:drydock.example,DNS:*.example,IP:10.1.2.3,IP:fd00::1,email:a@b.example"
        )
        let certificate = try #require(PeerCertificate(try NIOSSLCertificate.fromPEMFile(leaf.file)[0]))
        #expect(certificate.subject == "CN=leaf")
        #expect(certificate.issuer == "CN=Test CA")
        #expect(certificate.names == ["drydock.example", "*.example", "10.1.2.3", "fd00::1"])
        #expect(certificate.addresses == [try #require(IPAddress("10.1.2.3")), try #require(IPAddress("fd00::1"))])
        #expect(!certificate.isSelfSigned)
        let print = try await authority.openssl(["x509", "-noout", "-fingerprint", "-sha256", "-in", leaf.file])
        let hex = print.split(separator: "=")[1].replacing(":", with: "").trimmingCharacters(
            in: .whitespacesAndNewlines
        )
        #expect(certificate.fingerprint == hex.lowercased())
        #expect(certificate.notAfter.seconds - certificate.notBefore.seconds == 2 * 86400)
    }

    @Test func thePinIsThatOfThePublicKey() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:a")
        let certificate = try #require(PeerCertificate(try NIOSSLCertificate.fromPEMFile(leaf.file)[0]))
        let (der, digest) = ("\(authority.folder)/spki.der", "\(authority.folder)/digest")
        try await authority.openssl(["pkey", "-in", leaf.keyFile, "-pubout", "-outform", "DER", "-out", der])
        try await authority.openssl(["dgst", "-sha256", "-binary", "-out", digest, der])
        let base64 = try Data(contentsOf: URL(filePath: digest)).base64EncodedString()
        #expect("\(certificate.pin)" == "sha256/\(base64)")
    }

    @Test func aNameCannotSteerATerminal() async throws {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf("DNS:a\u{1b}[31mb")
        let certificate = try #require(PeerCertificate(try NIOSSLCertificate.fromPEMFile(leaf.file)[0]))
        #expect(certificate.names == ["a?[31mb"])
    }

    @Test func anAuthoritysOwnCertificateIsSelfSigned() async throws {
        let authority = try await TestAuthority()
        let certificate = try #require(PeerCertificate(try NIOSSLCertificate.fromPEMFile(authority.file)[0]))
        #expect(certificate.isSelfSigned)
        #expect(certificate.names.isEmpty)
    }
}
