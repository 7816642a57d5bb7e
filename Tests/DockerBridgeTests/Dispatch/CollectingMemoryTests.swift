import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge

/// What the agent gathers for itself counts in the memory budget.
@Suite(.timeLimit(.minutes(1))) struct CollectingMemoryTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"

    private static func engine(_ memory: Int) -> VirtualEngine {
        var limits = RequestDispatcher.Limits()
        limits.memory = memory
        return VirtualEngine(limits)
    }

    private typealias Outcome = Result<CollectedResponse, BridgeError>

    /// Asks for up to 4 MiB.
    private static func collect(
        _ engine: VirtualEngine,
        whenDone: @escaping (Outcome) -> Void = { _ in }
    ) -> EngineExchange? {
        let request = BridgeRequest(method: "GET", target: "/containers/json", asker: .agent)
        let exchange = engine.dispatcher.collect(request, limit: 4 << 20, timeout: .seconds(30), whenDone: whenDone)
        engine.eventLoop.run()
        return exchange
    }

    @Test func anAnswerCountsUntilItIsHandedOver() throws {
        let engine = Self.engine(8 << 20)
        let memory = engine.dispatcher.memory
        var usedThen = 0
        _ = Self.collect(engine) { _ in usedThen = memory.used }
        try engine.says(Self.head)
        try engine.says(ByteBuffer(repeating: UInt8(ascii: "x"), count: 999_999))
        #expect(memory.used >= 999_999)
        try engine.says("x")
        #expect(usedThen >= 1_000_000)
        #expect(memory.used == 0)
    }

    @Test func anAnswerThatIsCancelledGivesItsMemoryBack() throws {
        let engine = Self.engine(8 << 20)
        let exchange = Self.collect(engine)
        try engine.says(Self.head)
        try engine.says(ByteBuffer(repeating: UInt8(ascii: "x"), count: 500_000))
        exchange?.cancel()
        #expect(engine.dispatcher.memory.used == 0)
    }

    @Test func anAnswerLargerThanHalfTheBudgetSaysWhatToRaise() throws {
        let engine = Self.engine(1 << 20)
        var outcome: Outcome?
        _ = Self.collect(engine) { outcome = $0 }
        try engine.says(Self.head)
        try engine.says(ByteBuffer(repeating: UInt8(ascii: "x"), count: 600_000))
        let error = #expect(throws: BridgeError.self) { _ = try outcome?.get() }
        #expect(error?.detail == "the engine's answer is larger than 524288 bytes; raise MEMORY_BUDGET")
        #expect(engine.dispatcher.memory.used == 0)
    }

    /// The engine is not read while there is no room, and an answer that got none in time says so.
    @Test func anAnswerWithoutRoomWaitsAndThenNamesTheCause() throws {
        let engine = Self.engine(8 << 20)
        let memory = engine.dispatcher.memory
        memory.enter(FirstGatherer.shared)
        var outcome: Outcome?
        _ = Self.collect(engine) { outcome = $0 }
        memory.change(by: memory.limit)
        try engine.says(Self.head)
        try engine.says(ByteBuffer(repeating: UInt8(ascii: "x"), count: MemoryBudget.guaranteedBytes))
        engine.wait(.seconds(31))
        let error = #expect(throws: BridgeError.self) { _ = try outcome?.get() }
        #expect(error?.code == .outOfMemory)
        #expect(memory.used == memory.limit)
    }

    /// A list of a thousand containers with labels.
    @Test func aListOfAThousandContainersFitsTheUsualBudget() throws {
        let engine = Self.engine(MemoryBudget.defaultLimit)
        let entry =
            #"{"Id":"\#(String(repeating: "a", count: 64))","Labels":{"x":"\#(String(repeating: "y", count: 3000))"}}"#
        let body = "[" + Array(repeating: entry, count: 1000).joined(separator: ",") + "]"
        var outcome: Outcome?
        _ = Self.collect(engine) { outcome = $0 }
        try engine.says("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
        try engine.says(body)
        #expect(try outcome?.get().body.readableBytes == body.utf8.count)
    }

    @Test func aCallWhoseAskerLeftIsNotReadAnyFurther() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(
            answer: { _, peer in
                peer.write(Self.head)
                peers.put(peer)
            },
            { bench in
                let api = EngineAPI(dispatcher: bench.dispatcher)
                let task = Task { try await api.get("/containers/json", limit: 1 << 20, timeout: .minutes(10)) }
                let peer = try await peers.next()
                task.cancel()
                try await peer.closed()
                await #expect(throws: BridgeError.self) { try await task.value }
            }
        )
    }

    // MARK: Events

    private static func event(_ id: Int, bytes: Int = 0) -> String {
        #"{"Type":"container","Action":"start","Actor":{"ID":"c\#(id)","Attributes":{"a":"\#(String(repeating: "x", count: bytes))"}},"timeNano":\#(id)}"#
            + "\n"
    }

    @Test func eventsCountUntilTheyAreTakenAndStopTheReadingMeanwhile() throws {
        let engine = Self.engine(8 << 20)
        let memory = engine.dispatcher.memory
        let feed = EngineStream<EventDigest>(after: EventCursor()) { _ in }
        feed.start(on: engine.dispatcher)
        engine.eventLoop.run()
        try engine.says("HTTP/1.1 200 OK\r\n\r\n")
        #expect(feed.isWritable)
        var sent = 0
        while feed.isWritable, sent < 100_000 {
            try engine.says(Self.event(sent, bytes: 1000))
            sent += 1
        }
        #expect((900...1100).contains(sent))
        #expect(memory.used >= EventDigest.waitingBytes)
        #expect(feed.take().changed.count == sent)
        #expect(feed.isWritable)
        #expect(memory.used == 0)
        try engine.says(String(Self.event(0, bytes: 1000).dropLast(100)))
        #expect(memory.used > 0)
        feed.stop()
        #expect(memory.used == 0)
    }

    @Test func eventsNobodyHasAskedForCountToo() throws {
        let engine = Self.engine(8 << 20)
        let memory = engine.dispatcher.memory
        let tap = EventTap(actions: ["start"], cursor: EventCursor()) { _ in }
        tap.start(on: engine.dispatcher)
        engine.eventLoop.run()
        try engine.says("HTTP/1.1 200 OK\r\n\r\n")
        for id in 0..<3 {
            #expect(tap.isWritable)
            try engine.says(Self.event(id, bytes: 500_000))
        }
        #expect(!tap.isWritable)
        #expect(memory.used >= 1_500_000)
        let promise = engine.eventLoop.makePromise(of: EngineEvent?.self)
        tap.next(promise)
        #expect(memory.used >= 1_000_000)
        #expect(memory.used < 1_500_000)
        tap.stop()
        #expect(memory.used == 0)
    }
}

/// Comes first in its budget and never leaves.
private final class FirstGatherer: MemoryGatherer, Sendable {
    static let shared = FirstGatherer()

    func memoryHasRoom() {}
}
