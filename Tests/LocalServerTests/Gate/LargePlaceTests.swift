import Auth
import Base
import NIOCore
import Support
import Testing

@testable import LocalServer

/// Who may hold the one place for a signed body that is larger than an address's share.
@Suite(.timeLimit(.minutes(1))) struct LargePlaceTests {
    private static let piece = ByteBuffer(repeating: 0x61, count: 64 << 10)
    private static let body = ByteBuffer(repeating: 0x61, count: 6 << 20)

    private let signed: SignedBench
    private let bench: EmbeddedBench

    init() throws {
        let signed = try SignedBench()
        self.signed = signed
        self.bench = EmbeddedBench(gate: signed.gate) { $1.respond(200, "\($0.body.utf8.count)") }
    }

    /// Sends the headers of a large request, and more of its body than an address's share.
    private func beginUpload(from address: String, isForged: Bool) throws -> EmbeddedClient {
        let client = try self.bench.client(from: address)
        let forged = self.signed.head("/load", body: ByteBuffer(), announced: 64 << 20, isForged: true)
        try client.say(isForged ? forged : self.signed.head("/load", body: Self.body))
        for _ in 0..<72 where !client.hasHeardTheEnd { try client.say(Self.piece) }
        return client
    }

    private func endUpload(_ client: EmbeddedClient) throws {
        for _ in 72..<96 where !client.hasHeardTheEnd { try client.say(Self.piece) }
    }

    /// A small signed request, which is accepted.
    private func prove(_ address: String) throws {
        let client = try self.bench.client(from: address)
        try client.say(self.signed.head("/small", body: ByteBuffer(string: "x")) + "x")
        #expect(client.text.hasPrefix("HTTP/1.1 200 "))
    }

    @Test func aClientWhoseSignatureWasAcceptedComesBeforeOneThatKnowsAKeyID() throws {
        try self.prove("192.0.2.1")
        let forger = try self.beginUpload(from: "198.51.100.1", isForged: true)
        #expect(forger.text.isEmpty, "it has the place")
        let early = try self.beginUpload(from: "192.0.2.1", isForged: false)
        #expect(early.text.hasPrefix("HTTP/1.1 503 "))
        #expect(early.text.contains("\r\nRetry-After: 10\r\n"))
        try forger.say(Self.piece)
        #expect(forger.text.hasPrefix("HTTP/1.1 503 "))
        let next = try self.beginUpload(from: "198.51.100.2", isForged: true)
        #expect(next.text.hasPrefix("HTTP/1.1 503 "), "the place is kept for the client that asked")
        let again = try self.beginUpload(from: "192.0.2.1", isForged: false)
        #expect(again.text.isEmpty)
        try self.endUpload(again)
        #expect(again.text.hasSuffix("\(6 << 20)"))
        let later = try self.beginUpload(from: "198.51.100.3", isForged: true)
        #expect(later.text.isEmpty, "the place is for all again")
    }

    @Test func aHolderThatSendsNothingGivesWayWithinASecond() throws {
        try self.prove("192.0.2.1")
        let forger = try self.beginUpload(from: "198.51.100.1", isForged: true)
        _ = try self.beginUpload(from: "192.0.2.1", isForged: false)
        #expect(forger.text.isEmpty)
        try self.bench.pass(.seconds(1))
        #expect(forger.text.hasPrefix("HTTP/1.1 503 "))
        #expect(self.bench.strangersBytes == 0)
    }

    @Test func twoProvenClientsDoNotPushEachOtherOut() throws {
        for address in ["192.0.2.1", "192.0.2.2"] { try self.prove(address) }
        let first = try self.beginUpload(from: "192.0.2.1", isForged: false)
        let second = try self.beginUpload(from: "192.0.2.2", isForged: false)
        #expect(second.text.hasPrefix("HTTP/1.1 503 "))
        try self.bench.pass(.seconds(1))
        try self.endUpload(first)
        #expect(first.text.hasSuffix("\(6 << 20)"))
    }

    @Test func aFirstUploadThatWasAcceptedIsNotPushedOut() throws {
        let strangers = StrangerBudget(memoryBudget: 32 << 20)
        let (honest, other) = (ClientNetwork(IPAddress("192.0.2.1")!), ClientNetwork(IPAddress("192.0.2.2")!))
        let ticket = try #require(strangers.takeLargePlace(for: honest))
        strangers.keepLargePlace(ticket)
        strangers.prove(other)
        #expect(strangers.takeLargePlace(for: other) == nil)
        #expect(!strangers.hasToGiveWay(ticket))
    }

    @Test func smallUploadsGoOnMeanwhile() throws {
        let forger = try self.beginUpload(from: "198.51.100.1", isForged: true)
        #expect(forger.text.isEmpty)
        try self.prove("192.0.2.1")
    }

    @Test func theNewestNetworksAreRemembered() {
        var proven = ProvenNetworks()
        let networks = (0...ProvenNetworks.maximumCount).map {
            ClientNetwork(IPAddress("10.0.\($0 / 256).\($0 % 256)")!)
        }
        for network in networks { proven.insert(network) }
        #expect(!proven.contains(networks[0]))
        #expect(networks.dropFirst().allSatisfy { proven.contains($0) })
    }
}
