import Auth
import Glibc
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import LocalServer

/// Who finds a place, and who has to go.
@Suite(.timeLimit(.minutes(1))) struct ListenerLoopTests {
    private static func known(_ bench: EmbeddedBench, from address: String) throws -> EmbeddedClient {
        let client = try bench.client(from: address)
        try client.say(ListenerBench.get("/x", ""))
        #expect(client.text.hasPrefix("HTTP/1.1 200 "))
        return client
    }

    /// A wrong credential that one connection repeats counts once; on another connection it counts again.
    @Test func aConnectionsNumberIsNotUsedAgain() throws {
        let load = ListenerLoad(maximumConnections: 4, memoryBudget: 1 << 20)
        var numbers: Set<UInt64> = []
        for _ in 0..<100 {
            let place = try #require(ConnectionPlace(in: load, peer: .local, isProxy: false))
            numbers.insert(place.number)
            place.release()
        }
        #expect(numbers.count == 100)
    }

    @Test func oneAddressHasAShareOfTheConnections() throws {
        let bench = EmbeddedBench(maximumConnections: 1024)
        for index in 0..<256 { _ = try Self.known(bench, from: index % 2 == 0 ? "192.0.2.1" : "::ffff:192.0.2.1") }
        #expect(try bench.connect(from: "192.0.2.1") == nil)
        _ = try bench.client(from: "192.0.2.2")
    }

    @Test func anAddressBeyondItsShareClosesNoOtherConnection() throws {
        let bench = EmbeddedBench(maximumConnections: 1024)
        let others = try (0..<16).map { try bench.client(from: "198.51.100.\($0)") }
        var own = 0
        for _ in 0..<2000 where try bench.connect(from: "192.0.2.1") != nil { own += 1 }
        #expect(own >= 256, "a share is a quarter of the connections")
        let before = bench.listenerLoop.load.openConnections
        let further = try (0..<2000).filter { _ in try bench.connect(from: "192.0.2.1") != nil }
        #expect(further.isEmpty)
        #expect(bench.listenerLoop.load.openConnections == before)
        #expect(others.filter { $0.socket.isOpen }.count >= 12, "few gave way while there was room in the share")
    }

    @Test func aNetworkOfIPv6CountsAsOneAddress() throws {
        let bench = EmbeddedBench(maximumConnections: 256)
        for index in 0..<64 { _ = try Self.known(bench, from: "2001:db8::\(index)") }
        #expect(try bench.connect(from: "2001:db8::ffff") == nil)
        _ = try bench.client(from: "2001:db8:0:1::1")
    }

    @Test func aUnixSocketHasNoShareOfItsOwn() throws {
        let bench = EmbeddedBench(maximumConnections: 256)
        for _ in 0..<200 {
            let client = try bench.client()
            try client.say(ListenerBench.get("/x", ""))
        }
        _ = try bench.client()
    }

    @Test func aPlaceIsGivenBackOnce() throws {
        let bench = EmbeddedBench(maximumConnections: 256)
        for _ in 0..<3 {
            let clients = try (0..<64).map { _ in try Self.known(bench, from: "192.0.2.1") }
            #expect(bench.listenerLoop.load.openConnections == 64)
            #expect(bench.listenerLoop.load.unknownConnections == 0)
            for client in clients { client.socket.close() }
            try bench.run()
            #expect(bench.listenerLoop.load.openConnections == 0)
        }
    }

    @Test func idleStrangersGiveWayToNewClients() throws {
        let bench = EmbeddedBench(maximumConnections: 64)
        let members = try (0..<8).map { try Self.known(bench, from: "192.0.2.\($0)") }
        var strangers: [EmbeddedClient] = []
        for index in 0..<200 { strangers.append(try bench.client(from: "198.51.100.\(index)")) }
        #expect(bench.listenerLoop.load.unknownConnections <= 32, "strangers have half of the places")
        #expect(strangers.filter { $0.socket.isOpen }.count <= 32)
        let honest = try Self.known(bench, from: "203.0.113.1")
        #expect(honest.socket.isOpen)
        #expect(members.allSatisfy { $0.socket.isOpen }, "a known client is not closed for a stranger")
    }

    @Test func aStrangerForWhomTheAgentWorksIsNotClosed() throws {
        let bench = EmbeddedBench(groups: [Silent()], maximumConnections: 16)
        let busy = try bench.client(from: "192.0.2.1")
        try busy.say("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        for index in 0..<50 { _ = try bench.client(from: "198.51.100.\(index)") }
        #expect(busy.socket.isOpen, "the agent is at work for it")
    }

    @Test func strangersThatAskWithoutAPauseGiveWayToo() throws {
        let bench = EmbeddedBench(groups: [Silent()], maximumConnections: 16)
        var asking = 0
        for index in 0..<50 {
            guard let client = try bench.connect(from: "198.51.100.\(index)") else { continue }
            try client.say("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            asking += 1
        }
        #expect(asking == 50, "none was turned away")
        let honest = try Self.known(bench, from: "203.0.113.1")
        #expect(honest.socket.isOpen)
    }

    @Test func aFullHouseOfKnownClientsTurnsStrangersAway() throws {
        let bench = EmbeddedBench(maximumConnections: 16)
        for index in 0..<16 { _ = try Self.known(bench, from: "192.0.2.\(index)") }
        #expect(try bench.connect(from: "198.51.100.1") == nil)
    }

    /// sshd's formula, at its corners.
    @Test func strangersAreThinnedOutEarly() {
        let drop = EarlyDrop(maximumConnections: 400)
        #expect(drop.start == 100)
        #expect(drop.full == 200)
        #expect(!drop.drops(waiting: 99, roll: 0))
        #expect(drop.drops(waiting: 100, roll: 0.29))
        #expect(!drop.drops(waiting: 100, roll: 0.31))
        #expect(drop.drops(waiting: 150, roll: 0.64))
        #expect(!drop.drops(waiting: 150, roll: 0.66))
        #expect(drop.drops(waiting: 200, roll: 0.999))
    }

    // MARK: Descriptors

    @Test func acceptingPausesLongerWhileThereIsNoDescriptor() throws {
        var backoff = AcceptBackoff()
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        #expect(backoff.pause(after: ECONNABORTED, now: now) == nil)
        var pauses: [Int64] = []
        for _ in 0..<6 {
            let next = backoff.pause(after: EMFILE, now: now)
            let pause = try #require(next)
            pauses.append(pause.nanoseconds / 1_000_000)
            now = now + pause
        }
        #expect(pauses == [50, 100, 200, 400, 800, 1000])
        #expect(backoff.pause(after: ENFILE, now: now + .seconds(2)) == .milliseconds(50), "that shortage was over")
    }

    /// On a real socket: there a failed accept is tried again for as long as the channel wants to read.
    @Test func theListenerDoesNotAcceptDuringAPause() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let accepted = group.next().makePromise(of: Void.self)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let channel = try await AcceptPause.bootstrap(group, "connection", backlog: 16, logger: quiet)
            .childChannelInitializer { channel in
                accepted.succeed()
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(channel.localAddress)
        let pauses = try await channel.eventLoop.submit {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
            return try channel.syncOptions?.getOption(.autoRead)
        }.get()
        #expect(pauses == false)
        let client = try await ClientBootstrap(group: group).connect(to: address).get()
        try await accepted.futureResult.get()
        #expect(try await channel.getOption(.autoRead).get(), "it goes on by itself")
        try await client.close().get()
        try await channel.close().get()
    }

    // MARK: Deadlines and memory of clients that were let in

    private struct Silent: RouteGroup {
        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            switch path {
            case "/_lookout/large":
                AgentRoute("/_lookout/large", maximumBodyBytes: 32 << 20) { $1.send(PlainAnswer(200, "ok")) }
            default: AgentRoute("/health", isPublic: true) { _, _ in }
            }
        }
    }

    @Test func aRouteThatNeverAnswersIsA504() throws {
        let bench = EmbeddedBench(groups: [Silent()])
        let client = try bench.client(from: "192.0.2.1")
        try client.say("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        try bench.pass(.seconds(89))
        #expect(client.text.isEmpty)
        try bench.pass(.seconds(2))
        #expect(client.text.hasPrefix("HTTP/1.1 504 "))
    }

    @Test func bodiesOfKnownClientsCountInTheMemoryBudget() throws {
        let bench = EmbeddedBench(groups: [Silent()], memory: 1 << 20)
        let piece = String(repeating: "b", count: 700_000)
        let head = "POST /_lookout/large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n"
        let first = try bench.client(from: "192.0.2.1")
        try first.say(head + "Content-Length: 700001\r\n\r\n" + piece)
        #expect(bench.knownBytes == 700_000)
        let second = try bench.client(from: "192.0.2.1")
        try second.say(head + "Content-Length: 700001\r\n\r\n" + piece)
        #expect(second.text.hasPrefix("HTTP/1.1 503 "))
        #expect(second.text.contains("\r\nRetry-After: 10\r\n"))
        try first.say("b")
        #expect(first.text.hasSuffix("ok\n"))
        #expect(bench.knownBytes == 0)
    }

    /// Answers with more than a connection may have for nothing.
    private struct Large: RouteGroup {
        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            guard path == "/_lookout/large" else { return nil }
            return AgentRoute("/_lookout/large") { _, answer in
                answer.send(PlainAnswer(200, contentType: nil, body: ByteBuffer(repeating: 0x62, count: 400_000)))
            }
        }
    }

    @Test func answersOfTheAgentsOwnCountInTheMemoryBudgetUntilTheyAreTaken() throws {
        let bench = EmbeddedBench(groups: [Large()], memory: 1 << 20)
        let first = try bench.client(from: "192.0.2.1")
        first.socket.isTaken = false
        try first.say(ListenerBench.get("/_lookout/large", ""))
        #expect(bench.knownBytes == 400_000)
        let second = try bench.client(from: "192.0.2.1")
        try second.say(ListenerBench.get("/_lookout/large", ""))
        #expect(second.text.hasPrefix("HTTP/1.1 503 "))
        #expect(second.text.contains("\r\nRetry-After: 10\r\n"))
        first.socket.isTaken = true
        try bench.run()
        #expect(first.text.hasSuffix("bbb"))
        #expect(bench.knownBytes == 0)
        let third = try bench.client(from: "192.0.2.1")
        third.socket.isTaken = false
        try third.say(ListenerBench.get("/_lookout/large", ""))
        third.socket.close()
        try bench.run()
        #expect(bench.knownBytes == 0)
    }
}
