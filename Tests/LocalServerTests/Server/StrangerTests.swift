import Auth
import Base
import Foundation
import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import LocalServer

/// What clients without a verified credential can make the agent hold, and for how long.
@Suite(.timeLimit(.minutes(1))) struct StrangerTests {
    private struct Health: RouteGroup {
        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            switch (method, path) {
            case ("GET", "/health"): AgentRoute("/health", isPublic: true) { $1.send(PlainAnswer(200, "well")) }
            case ("POST", "/api/enroll"):
                AgentRoute("/api/enroll", isPublic: true) { $1.send(PlainAnswer(200, "\($0.body.readableBytes)")) }
            default: nil
            }
        }
    }

    private static let network = ClientNetwork(IPAddress("203.0.113.1")!)
    private static let large = ByteBuffer(repeating: 0x61, count: 1 << 20)

    // MARK: Clients that do not read

    @Test(arguments: [
        "CONNECT a HTTP/1.1\r\nHost: x\r\n\r\n", "GET /v1.44/info HTTP/1.1\r\nHost: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "GET //x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
    ])
    func requestsWaitWhileTheirClientDoesNotRead(request: String) throws {
        let bench = EmbeddedBench(groups: [Health()])
        let client = try bench.client()
        client.socket.isTaken = false
        let piece = String(repeating: request, count: 100)
        for _ in 0..<50 { client.queue(piece) }
        try bench.run()
        #expect(client.socket.untakenBytes < 8 << 10)
        #expect(client.socket.unreadPieces > 40)
        #expect(bench.strangersBytes < 16 << 10)
        client.socket.isTaken = true
        try bench.run()
        #expect(client.text.components(separatedBy: "HTTP/1.1 ").count - 1 == 5000, "each is answered in the end")
    }

    /// Each of them is small, but a thousand in one piece would keep all others from the loop.
    @Test func manyRequestsInOnePieceTakeManyTurns() throws {
        let bench = EmbeddedBench(groups: [Health()])
        let client = try bench.client()
        let count = ServerConnection.requestsPerTurn * 5
        try client.say(String(repeating: "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", count: count))
        #expect(client.text.components(separatedBy: "HTTP/1.1 ").count - 1 == count)
        #expect(bench.turns >= 4)
        let turns = bench.turns
        try client.say("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(bench.turns == turns, "one alone does not wait")
    }

    @Test func manyChunksInOnePieceTakeManyTurns() throws {
        let bench = EmbeddedBench(answer: { $1.respond(200, "\($0.body.utf8.count)") })
        let client = try bench.client()
        let count = ServerConnection.eventsPerTurn * 4
        let head = "POST /images/load HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n"
        try client.say(
            head + "Transfer-Encoding: chunked\r\n\r\n" + String(repeating: "1\r\nx\r\n", count: count) + "0\r\n\r\n"
        )
        #expect(client.text.hasSuffix("\r\n\r\n\(count)"))
        #expect(bench.turns >= 4)
    }

    /// What came before its end of input is served, though it has to wait for its turn.
    @Test func aClientThatEndsItsInputBetweenTwoTurnsIsHeardFirst() throws {
        let bench = EmbeddedBench(groups: [Health()])
        let client = try bench.client()
        let count = ServerConnection.requestsPerTurn * 3
        client.queue(String(repeating: "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", count: count))
        #expect(client.socket.deliver())
        client.socket.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        try bench.run()
        #expect(client.text.components(separatedBy: "HTTP/1.1 ").count - 1 == count)
        #expect(!client.socket.isOpen)
    }

    @Test func aClientThatNeverReadsIsNotWaitedFor() throws {
        let bench = EmbeddedBench(groups: [Health()])
        let client = try bench.client()
        client.socket.isTaken = false
        for _ in 0..<5 { client.queue(String(repeating: "CONNECT a HTTP/1.1\r\nHost: x\r\n\r\n", count: 100)) }
        try bench.pass(.seconds(59))
        #expect(client.socket.isOpen)
        try bench.pass(.seconds(3))
        #expect(!client.socket.isOpen)
        #expect(bench.strangersBytes == 0)
    }

    // MARK: Heads

    @Test func headsOfOneAddressShareFourMiB() throws {
        let bench = EmbeddedBench(groups: [Health()])
        let piece = "GET /\(String(repeating: "a", count: 60_000))"
        let clients = try (0..<100).map { _ in try bench.client(from: "192.0.2.1") }
        for client in clients { try client.say(piece) }
        #expect(bench.strangersBytes <= StrangerBudget.addressBytes)
        let refused = clients.filter { $0.text.hasPrefix("HTTP/1.1 503 ") }
        #expect((30...35).contains(refused.count))
        #expect(refused.allSatisfy { $0.text.contains("\r\nX-Lookout-Reason: no-memory\r\nRetry-After: 10\r\n") })
        let other = try bench.client(from: "192.0.2.2")
        try other.say("GET /health HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "b", count: 9_000))")
        try other.say("\r\n\r\n")
        #expect(other.text.hasPrefix("HTTP/1.1 200 "))
        try bench.pass(.seconds(11))
        #expect(clients.allSatisfy { !$0.socket.isOpen })
        #expect(bench.strangersBytes == 0)
    }

    @Test func headsOfAllAddressesShareHalfOfTheBudgetAndSmallOnesCostNothing() throws {
        let bench = EmbeddedBench(groups: [Health()], memory: 8 << 20)
        let piece = "GET /\(String(repeating: "a", count: 60_000))"
        for index in 0..<100 { try bench.client(from: "192.0.2.\(index)").say(piece) }
        #expect(bench.strangersBytes <= 4 << 20)
        #expect(bench.strangersBytes > 3 << 20)
        let other = try bench.client(from: "198.51.100.1")
        for byte in "GET /health HTTP/1.1\r\nHost: x\r\n\r\n".utf8 { try other.say(String(UnicodeScalar(byte))) }
        #expect(other.text.hasPrefix("HTTP/1.1 200 "))
    }

    /// The head of a request is held until the request is over.
    @Test func headsOfUnfinishedRequestsShareFourMiB() throws {
        let signed = try SignedBench()
        let bench = EmbeddedBench(gate: signed.gate)
        let filling = "Host: x\r\nA: \(String(repeating: "a", count: 60 << 10))\r\n"
        let clients = try (0..<100).map { _ in try bench.client(from: "192.0.2.1") }
        for client in clients {
            let head = signed.head("/load", body: ByteBuffer(), announced: 1, isForged: true)
            try client.say(head.replacing("Host: x\r\n", with: filling))
        }
        #expect(bench.strangersBytes <= StrangerBudget.addressBytes)
        #expect(bench.strangersBytes > StrangerBudget.addressBytes / 2)
        let refused = clients.filter { $0.text.hasPrefix("HTTP/1.1 503 ") }
        #expect((75...80).contains(refused.count), "each of the others holds three times 60 KiB")
        #expect(refused.allSatisfy { $0.text.contains("\r\nX-Lookout-Reason: no-memory\r\nRetry-After: 10\r\n") })
        try bench.pass(.seconds(11))
        #expect(bench.strangersBytes == 0)
    }

    // MARK: Bodies

    @Test func forgedUploadsShareTheStrangersMemory() throws {
        let signed = try SignedBench()
        let bench = EmbeddedBench(gate: signed.gate)
        let forged = signed.head("/load", body: ByteBuffer(), announced: 64 << 20, isForged: true)
        let clients = try (0..<40).map { try bench.client(from: "192.0.2.\($0)") }
        for client in clients { try client.say(forged) }
        for _ in 0..<8 { for client in clients where !client.hasHeardTheEnd { try client.say(Self.large) } }
        #expect(bench.strangersBytes <= 16 << 20)
        let refused = clients.filter { $0.text.hasPrefix("HTTP/1.1 503 ") }
        #expect(refused.count >= 35, "one has the place for a large body, the others share 16 MiB")
        #expect(refused.allSatisfy { $0.text.contains("X-Lookout-Reason: no-memory") })
        // At 64 KiB/s, 8 MiB may take 128 s and 10 s of grace.
        try bench.pass(.seconds(140))
        #expect(clients.allSatisfy { $0.hasHeardTheEnd })
        #expect(bench.strangersBytes == 0)
        #expect(
            bench.listenerLoop.load.strangers.takeLargePlace(for: Self.network) != nil,
            "the place for a large body is free again"
        )
    }

    @Test func aRefusalForLackOfMemoryIsNoFailedLogin() throws {
        let signed = try SignedBench()
        let bench = EmbeddedBench(gate: signed.gate, memory: 1 << 20)
        #expect(bench.listenerLoop.load.strangers.takeLargePlace(for: Self.network) != nil)
        for _ in 0..<12 {
            let client = try bench.client(from: "192.0.2.1")
            try client.say(signed.head("/load", body: ByteBuffer(), announced: 4 << 20, isForged: true))
            try client.say(Self.large)
            #expect(client.text.hasPrefix("HTTP/1.1 503 "))
        }
        let honest = try bench.client(from: "192.0.2.1")
        try honest.say(ListenerBench.get("/x"))
        #expect(honest.text.hasPrefix("HTTP/1.1 200 "))
    }

    @Test func oneHonestUploadMayBeLargerThanAnAddressesShare() throws {
        let signed = try SignedBench()
        let bench = EmbeddedBench(gate: signed.gate) { $1.respond(200, "\($0.body.utf8.count)") }
        let body = ByteBuffer(repeating: 0x62, count: 6 << 20)
        let client = try bench.client(from: "192.0.2.1")
        try client.say(signed.head("/load", body: body))
        var rest = body
        while let piece = rest.readSlice(length: min(64 << 10, rest.readableBytes)), piece.readableBytes > 0 {
            try client.say(piece)
        }
        #expect(client.text.hasPrefix("HTTP/1.1 200 "))
        #expect(client.text.hasSuffix("\(6 << 20)"))
        #expect(bench.strangersBytes == 0)
        #expect(bench.listenerLoop.load.strangers.takeLargePlace(for: Self.network) != nil, "the place is free again")
    }

    @Test func aBodyThatCannotBeUsedIsNotGathered() throws {
        let signed = try SignedBench()
        let bench = EmbeddedBench(gate: signed.gate)
        let client = try bench.client(from: "192.0.2.1")
        let head = signed.head("/exec/1/start", body: ByteBuffer(), announced: 11 << 20)
        try client.say(head.replacing("Host: x\r\n", with: "Host: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"))
        #expect(client.text.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func aTrickledBodyIsRefusedAndGivenBack() throws {
        let signed = try SignedBench()
        let bench = EmbeddedBench(gate: signed.gate)
        let client = try bench.client(from: "192.0.2.1")
        try client.say(signed.head("/load", body: ByteBuffer(), announced: 1 << 20))
        for _ in 0..<9 {
            try client.say("a")
            try bench.pass(.seconds(1))
        }
        #expect(client.text.isEmpty)
        try bench.pass(.seconds(2))
        #expect(client.text.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        try bench.pass(.seconds(3))
        #expect(!client.socket.isOpen)
        #expect(bench.strangersBytes == 0)
    }

    @Test func publicReadsDoNotWaitForABody() throws {
        let bench = EmbeddedBench(groups: [Health()])
        let client = try bench.client(from: "192.0.2.1")
        try client.say("GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        #expect(client.text.hasSuffix("well\n"))
        try bench.pass(.seconds(9))
        #expect(client.socket.isOpen)
        try bench.pass(.seconds(2))
        #expect(!client.socket.isOpen)
        let polite = try bench.client(from: "192.0.2.1")
        try polite.say("GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")
        try polite.say("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(polite.text.components(separatedBy: "well\n").count == 3, "a small body does not cost the connection")
    }

    @Test func aPublicWriteTakesItsBodyFromTheStrangersMemory() throws {
        let bench = EmbeddedBench(groups: [Health()])
        let client = try bench.client(from: "192.0.2.1")
        let body = String(repeating: "b", count: 20_000)
        try client.say("POST /api/enroll HTTP/1.1\r\nHost: x\r\nContent-Length: 20001\r\n\r\n" + body)
        #expect(bench.strangersBytes == 20_000)
        try client.say("b")
        #expect(client.text.hasSuffix("20001\n"))
        #expect(bench.strangersBytes == 0)
    }

    // MARK: Credentials

    @Test(arguments: ["Authorization", "X-Lookout-Token", "X-Dd-Agent-Secret", "X-Lookout-Signature"])
    func aCredentialFieldGivenTwiceIsRefused(name: String) throws {
        let bench = EmbeddedBench()
        let client = try bench.client(from: "192.0.2.1")
        let value = "Bearer \(ListenerBench.token)"
        try client.say("GET /x HTTP/1.1\r\nHost: x\r\n\(name): \(value)\r\n\(name.lowercased()): \(value)\r\n\r\n")
        #expect(client.text.hasPrefix("HTTP/1.1 400 "))
        #expect(bench.engine.requests.isEmpty)
    }

    @Test func anUnknownPeerIsNotTakenForThisHost() throws {
        let unnamed = try SocketAddress(unixDomainSocketPath: "/client")
        #expect(AuthGate.peer(of: nil, at: .tcp(host: "0.0.0.0", port: 1)) == nil)
        #expect(AuthGate.peer(of: unnamed, at: .tcp(host: "0.0.0.0", port: 1)) == nil)
        #expect(AuthGate.peer(of: nil, at: .unix(path: "/x")) == .local)
        let address = try SocketAddress(ipAddress: "192.0.2.1", port: 2)
        #expect(AuthGate.peer(of: address, at: .tcp(host: "::", port: 1)) == .address(IPAddress("192.0.2.1")!))
    }
}
