import Auth
import Base
import Testing

@testable import EdgeTunnel

@Suite struct TLSPeerTests {
    private static let pin = CertificatePin(digest: SHA256Digest(of: "ours"))
    private static let otherPin = CertificatePin(digest: SHA256Digest(of: "theirs"))

    private static func certificate(_ addresses: [String] = []) -> PeerCertificate {
        PeerCertificate(
            subject: "CN=leaf",
            issuer: "CN=Test CA",
            names: ["drydock.example"] + addresses,
            addresses: addresses.compactMap { IPAddress($0) },
            notBefore: UnixTime(seconds: 0),
            notAfter: UnixTime(seconds: 1),
            fingerprint: "ab12",
            pin: Self.pin
        )
    }

    private static func objection(
        host: String = "drydock.example",
        verifies: Bool = true,
        pins: [CertificatePin] = [],
        to certificate: PeerCertificate?
    ) -> String? {
        TLSPeer(role: .controller, host: host, verifies: verifies, pins: pins).objection(to: certificate)
    }

    @Test func aNameIsLeftToTheLibrary() {
        #expect(Self.objection(to: Self.certificate()) == nil)
        #expect(Self.objection(host: "other.example", to: Self.certificate()) == nil)
    }

    @Test func aNameWithAnUnderscoreIsComparedHere() {
        var certificate = Self.certificate()
        certificate.names = ["drydock_1.example"]
        #expect(Self.objection(host: "drydock_1.example", to: certificate) == nil)
        let objection = Self.objection(host: "drydock_2.example", to: certificate)
        #expect(objection?.contains("is for drydock_1.example, not for drydock_2.example") == true)
        #expect(Self.objection(host: "drydock_2.example", verifies: false, to: certificate) == nil)
    }

    @Test func aWeakCertificateIsRefusedWhereItIsVerified() {
        var certificate = Self.certificate()
        certificate.weakness = "is signed with SHA-1"
        let objection = Self.objection(to: certificate)
        #expect(
            objection
                == "the controller's certificate is signed with SHA-1 (subject CN=leaf, issuer CN=Test CA, SHA-256 ab12)"
        )
        #expect(Self.objection(verifies: false, to: certificate) == nil)
    }

    @Test(arguments: ["10.1.2.3", "fd00::1", "FD00:0::1"])
    func anAddressMustBeInTheCertificate(host: String) {
        #expect(Self.objection(host: host, to: Self.certificate(["10.1.2.3", "fd00::1"])) == nil)
        let objection = Self.objection(host: host, to: Self.certificate(["10.1.2.4", "fd00::2"]))
        #expect(objection?.contains("is for drydock.example, 10.1.2.4, fd00::2, not for \(host)") == true)
        #expect(Self.objection(host: host, verifies: false, to: Self.certificate()) == nil)
    }

    @Test func anAddressThatIsWrittenAsANameIsNone() {
        var certificate = Self.certificate()
        certificate.names = ["10.1.2.3"]
        #expect(Self.objection(host: "10.1.2.3", to: certificate) != nil)
    }

    @Test(arguments: [true, false])
    func oneOfThePinsMustFitWhateverElseIsVerified(verifies: Bool) {
        #expect(
            Self.objection(verifies: verifies, pins: [Self.otherPin, Self.pin], to: Self.certificate()) == nil
        )
        let objection = Self.objection(verifies: verifies, pins: [Self.otherPin], to: Self.certificate())
        #expect(objection?.contains("has the pin \(Self.pin), which CONTROLLER_PIN does not list") == true)
    }

    @Test func aCertificateThatCannotBeReadIsNoWayAroundACheck() {
        let unreadable = "the controller's certificate cannot be read"
        #expect(Self.objection(pins: [Self.pin], to: nil) == unreadable)
        #expect(Self.objection(verifies: false, pins: [Self.pin], to: nil) == unreadable)
        #expect(Self.objection(host: "10.1.2.3", to: nil) == unreadable)
        #expect(Self.objection(to: nil) == unreadable)
        #expect(Self.objection(verifies: false, to: nil) == nil)
    }
}
