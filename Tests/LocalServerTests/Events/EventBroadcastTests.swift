import NIOCore
import Synchronization
import Testing

@testable import LocalServer

/// Many clients of one stream.
@Suite(.timeLimit(.minutes(1))) struct EventBroadcastTests {
    /// Says numbers, each in a frame of some size; to a client that missed some, the last one.
    private final class Numbers: EventSource {
        private let frameBytes: Int
        private var number = 0
        private var changed: ((EventBatch) -> Void)?

        init(frameBytes: Int) {
            self.frameBytes = frameBytes
        }

        func start(_ changed: @escaping (EventBatch) -> Void) { self.changed = changed }

        func frames(after position: Int?) -> EventBatch {
            EventBatch(frames: [self.frame("<\(self.number) again>")], position: self.number)
        }

        func sayNext() {
            self.number += 1
            self.changed?(EventBatch(frames: [self.frame("<\(self.number)>")], position: self.number))
        }

        private func frame(_ text: String) -> ByteBuffer {
            var frame = ByteBuffer(string: text)
            frame.writeRepeatingByte(UInt8(ascii: "."), count: self.frameBytes)
            return frame
        }
    }

    private final class Stream: RouteGroup {
        /// Set once there is a loop for it to live on.
        let broadcast = Mutex<EventBroadcast?>(nil)

        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            guard path == "/_lookout/numbers" else { return nil }
            return AgentRoute("/_lookout/numbers") { _, answer in
                if answer.beginEvents() { self.broadcast.withLock { $0 }?.subscribe(answer) }
            }
        }
    }

    private let bench: EmbeddedBench
    private let numbers: Numbers

    init() throws {
        let numbers = Numbers(frameBytes: 2000)
        self.numbers = numbers
        let stream = Stream()
        let bench = EmbeddedBench(groups: [stream])
        self.bench = bench
        let broadcast = EventBroadcast(numbers, on: bench.loop)
        stream.broadcast.withLock { $0 = broadcast }
    }

    private func sayNext() throws {
        self.numbers.sayNext()
        try self.bench.run()
    }

    private func subscribe() throws -> EmbeddedClient {
        let client = try self.bench.client()
        try client.say(ListenerBench.get("/_lookout/numbers", ""))
        #expect(client.text.contains("Content-Type: text/event-stream\r\n"))
        #expect(client.text.contains("<0 again>"))
        return client
    }

    @Test func everyClientHearsEveryFrame() throws {
        let clients = try (0..<200).map { _ in try self.subscribe() }
        for _ in 0..<3 { try self.sayNext() }
        for client in clients {
            #expect(["<1>", "<2>", "<3>"].allSatisfy { client.text.contains($0) })
        }
    }

    /// 400 kB for a client that reads none of it: what does not fit its connection is dropped, and the others go on.
    @Test func aClientThatDoesNotReadMissesFramesAndIsToldTheLastStateLater() throws {
        let stalled = try self.subscribe()
        let reader = try self.subscribe()
        stalled.socket.isTaken = false
        for _ in 0..<200 { try self.sayNext() }
        #expect((1...200).allSatisfy { reader.text.contains("<\($0)>") })
        #expect(stalled.socket.untakenBytes < 16 << 10)
        stalled.socket.isTaken = true
        try self.bench.run()
        #expect(stalled.text.contains("<200 again>"))
        #expect(!stalled.text.contains("<150>"))
        #expect(!stalled.text.contains("<200>"))
        try self.sayNext()
        #expect(stalled.text.contains("<201>"))
    }
}
