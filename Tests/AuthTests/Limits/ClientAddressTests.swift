import Auth
import Base
import Testing

@Suite struct ClientAddressTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let peer: String
        let forwarded: [String]
        var realIP: [String] = []
        let client: String

        init(_ name: String, peer: String = "10.0.0.1", _ forwarded: [String], realIP: [String] = [], is client: String)
        {
            (self.testDescription, self.peer, self.forwarded) = (name, peer, forwarded)
            (self.realIP, self.client) = (realIP, client)
        }
    }

    @Test(arguments: [
        Row(
            "an untrusted peer is believed nothing",
            peer: "192.0.2.1",
            ["203.0.113.5"],
            realIP: ["203.0.113.5"],
            is: "192.0.2.1"
        ),
        Row("one hop", ["203.0.113.5"], is: "203.0.113.5"),
        Row("the spoofed left part is not reached", ["1.1.1.1, 203.0.113.5"], is: "203.0.113.5"),
        Row("trusted hops are passed", ["203.0.113.5, 10.0.0.9, 10.0.0.8"], is: "203.0.113.5"),
        Row("several lines are one list", ["1.1.1.1", "203.0.113.5, 10.0.0.9", "10.0.0.8"], is: "203.0.113.5"),
        Row("IPv4 with a port", ["203.0.113.5:1234"], is: "203.0.113.5"),
        Row("IPv6 with a port", ["[2001:db8::5]:1234"], is: "2001:db8::5"),
        Row("a mapped address is the IPv4 one", ["::ffff:203.0.113.5"], is: "203.0.113.5"),
        Row("junk ends the walk", ["203.0.113.5, junk, 10.0.0.9"], is: "10.0.0.1"),
        Row("an empty entry ends the walk", ["203.0.113.5,, 10.0.0.9"], is: "203.0.113.5"),
        Row("all trusted, then the real address", ["10.0.0.9"], realIP: ["203.0.113.5"], is: "203.0.113.5"),
        Row("only the real address", [], realIP: [" 203.0.113.5 "], is: "203.0.113.5"),
        Row("a trusted real address says nothing", [], realIP: ["10.0.0.9"], is: "10.0.0.1"),
        Row("a junk real address says nothing", [], realIP: ["anything"], is: "10.0.0.1"),
        Row("two real addresses say nothing", [], realIP: ["203.0.113.5", "203.0.113.6"], is: "10.0.0.1"),
        Row("all trusted", ["10.0.0.9, 10.0.0.8"], is: "10.0.0.1"),
        Row("no header", [], is: "10.0.0.1"),
    ])
    func walksFromTheNearestHop(_ row: Row) throws {
        let client = ClientAddress(
            peer: try #require(IPAddress(row.peer)),
            forwardedFor: row.forwarded,
            realIP: row.realIP,
            trusting: try TrustedProxies(parsing: "10.0.0.0/24")
        )
        #expect(client.address.description == row.client)
    }

    @Test func remembersThatAnUnknownProxyForwarded() {
        let peer = IPAddress("192.0.2.1")!
        #expect(ClientAddress(peer: peer, forwardedFor: ["1.1.1.1"], realIP: [], trusting: .none).hasIgnoredForwarding)
        #expect(!ClientAddress(peer: peer, forwardedFor: [], realIP: [], trusting: .none).hasIgnoredForwarding)
    }
}
