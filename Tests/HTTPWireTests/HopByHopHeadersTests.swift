import Testing

@testable import HTTPWire

@Suite struct HopByHopHeadersTests {
    private static func contains(_ name: String) -> Bool {
        Array(name.utf8).withUnsafeBytes { HopByHopHeaders.contains($0) }
    }

    private static func list(_ value: String, names name: String) -> Bool {
        Array(value.utf8).withUnsafeBytes { value in
            Array(name.utf8).withUnsafeBytes { name in
                var isNamed = false
                value.forEachListMember { if $0.equalsIgnoringCase(name) { isNamed = true } }
                return isNamed
            }
        }
    }

    @Test(arguments: [
        "connection", "Keep-Alive", "PROXY-AUTHENTICATE", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade",
    ])
    func staysHere(name: String) {
        #expect(Self.contains(name))
    }

    @Test(arguments: ["", "Content-Length", "Content-Type", "T", "TEE", "Connection2", "Api-Version", "Trailers"])
    func travelsOn(name: String) {
        #expect(!Self.contains(name))
    }

    @Test(arguments: [
        ("close", true), ("Close", true), ("keep-alive, close", true), ("keep-alive ,\tCLOSE ", true),
        (",,close,", true),
        ("", false), (",", false), ("closed", false), ("not close", false), ("clos", false), ("keep-alive", false),
    ])
    func aListNamesItsMembersOnly(value: String, isNamed: Bool) {
        #expect(Self.list(value, names: "close") == isNamed)
    }
}
