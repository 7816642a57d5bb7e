import Testing

@testable import EdgeTunnel

@Suite struct HostNameMatchTests {
    @Test(
        arguments: [
            ("drydock_1", "drydock_1"), ("Drydock_1", "dRYDOCK_1"), ("drydock_1.", "drydock_1"),
            ("a_b.example", "*.example"), ("a_b.my_net.example", "*.my_net.example"), ("a_b.example.", "*.example"),
        ]
    )
    func aNameOfTheCertificateMatches(host: String, name: String) {
        #expect(HostNameMatch.matches(host, name))
    }

    @Test(
        arguments: [
            ("drydock_1", "drydock_2"), ("drydock_1", "drydock-1"), ("drydock_1", "*"), ("drydock_1", "*.drydock_1"),
            ("a_b.c.example", "*.example"), ("a_b.example", "a*.example"), ("a_b.example", "*b.example"),
            ("a_b.example", "a_b.*"), ("a_b.example", "*.*"), (".a_b", "*.a_b"), ("a_b.example", "example"),
            ("a_b", ""), ("a_b.example", "*.exampl"), ("a_b.example.com", "*.example"),
        ]
    )
    func anotherNameDoesNot(host: String, name: String) {
        #expect(!HostNameMatch.matches(host, name))
    }

    @Test func namesWithoutAnUnderscoreAreLeftToTheLibrary() {
        #expect(HostNameMatch.isLeftToUs("drydock_1.example"))
        #expect(!HostNameMatch.isLeftToUs("drydock-1.example"))
    }
}
