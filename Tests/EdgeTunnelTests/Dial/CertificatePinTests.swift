import Auth
import Testing

@testable import EdgeTunnel

@Suite struct CertificatePinTests {
    private static let text = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    @Test func aPinIsReadAndWritten() throws {
        let pin = try #require(CertificatePin(Self.text))
        #expect("\(pin)" == Self.text)
        #expect(pin == CertificatePin(digest: SHA256Digest(of: "")))
    }

    @Test(arguments: [
        "", "sha256/", "sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha256/AAAA",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ])
    func anythingElseIsNoPin(text: String) {
        #expect(CertificatePin(text) == nil)
    }
}
