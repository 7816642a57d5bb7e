import Testing

@testable import Base

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("::ffff:10.0.0.1", "10.0.0.1"), ("::FFFF:0a00:0001", "10.0.0.1"),
        ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("::1", "::1"), ("::", "::"), ("fe80::1%eth0", "fe80::1"),
        ("255.255.255.255", "255.255.255.255"),
    ])
    func hasOneSpelling(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
        #expect(IPAddress(text) == IPAddress(canonical))
    }

    @Test(
        arguments: [
            ([10, 0, 0, 1], "10.0.0.1"), ([255, 255, 255, 255], "255.255.255.255"), ([0, 0, 0, 0], "0.0.0.0"),
            ([0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1], "2001:db8::1"),
            ([UInt8](repeating: 0, count: 10) + [255, 255, 10, 0, 0, 1], "10.0.0.1"), ([], nil), ([1, 2, 3], nil),
            ([UInt8](repeating: 0, count: 17), nil),
        ] as [([UInt8], String?)]
    )
    func isReadFromTheBytesOfAPacket(bytes: [UInt8], text: String?) {
        #expect(IPAddress(networkBytes: bytes)?.description == text)
    }

    @Test(arguments: [
        "", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "10.0.0.1%eth0", "1.2.3.4:80", "[::1]", ":::",
        " 1.2.3.4", "1.2.3.4\0", String(repeating: "1", count: 100),
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.1:80", "10.0.0.1"), ("[::1]:443", "::1"), ("[::1]", "::1"), ("::1", "::1"),
        ("2001:db8::1:80", "2001:db8::1:80"),
    ])
    func dropsAPort(text: String, address: String) {
        #expect(IPAddress(droppingPortOf: text)?.description == address)
    }

    @Test(arguments: [
        "10.0.0.1:", "10.0.0.1:99999", "10.0.0.1:a", "[::1", "[::1]:x", "unknown", "_hidden", "a:80", ":80",
        "[10.0.0.1:80",
    ])
    func refusesWhatIsNoAddressWithAPort(text: String) {
        #expect(IPAddress(droppingPortOf: text) == nil)
    }

    @Test(arguments: [
        ("2002:c000:0207::1", "192.0.2.7"), ("2002:c000:0207:ffff:1:2:3:4", "192.0.2.7"),
        ("2001:0:1234:5678:0:ffff:3fff:fdf8", "192.0.2.7"), ("64:ff9b::192.0.2.7", "192.0.2.7"),
    ])
    func findsTheIPv4AddressBehindATransition(text: String, embedded: String) {
        #expect(IPAddress(text)?.embeddedIPv4 == IPAddress(embedded))
    }

    @Test(arguments: [
        "192.0.2.7", "2001:db8::1", "2001:1::1", "2003:c000:207::1", "64:ff9b:1::1", "64:ff9b::1:0:1", "::1",
    ])
    func findsNoneElsewhere(text: String) {
        #expect(IPAddress(text)!.embeddedIPv4 == nil)
    }

    @Test func knowsLoopback() {
        #expect(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].allSatisfy { IPAddress($0)!.isLoopback })
        #expect(["128.0.0.1", "0.0.0.0", "::", "::2", "7f00::1"].allSatisfy { !IPAddress($0)!.isLoopback })
    }
}
