import DockerBridge
import Foundation
import NIOCore
import Support
import Synchronization
import Testing

@testable import LocalServer

/// Many clients of one stream, on real connections.
@Suite struct EventBroadcastTests {
    /// Says numbers, each in a frame of some size; to whoever was away, the last one.
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

    private struct Stream: RouteGroup {
        let broadcast: EventBroadcast

        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            guard path == "/_lookout/numbers" else { return nil }
            return AgentRoute("/_lookout/numbers") { _, answer in
                if answer.beginEvents() { self.broadcast.subscribe(answer) }
            }
        }
    }

    private static func run(
        frameBytes: Int,
        _ body: @escaping @Sendable (ListenerBench, @escaping @Sendable () -> Void) async throws -> Void
    ) async throws {
        let numbers = Mutex<NIOLoopBound<Numbers>?>(nil)
        try await ListenerBench.run(
            groups: { dispatcher in
                let source = Numbers(frameBytes: frameBytes)
                let bound = NIOLoopBound(source, eventLoop: dispatcher.eventLoop)
                numbers.withLock { $0 = bound }
                return [Stream(broadcast: EventBroadcast(source, on: dispatcher.eventLoop))]
            },
            answer: { _, peer in peer.close() }
        ) { bench in
            let bound = numbers.withLock { $0! }
            try await body(bench) { bound.eventLoop.execute { bound.value.sayNext() } }
        }
    }

    private static func subscribe(_ bench: ListenerBench) async throws -> ListenerClient {
        let client = try await bench.connect()
        client.write(ListenerBench.get("/_lookout/numbers", ""))
        let greeting = try await client.received(upTo: "<0 again>")
        #expect(greeting.contains("Content-Type: text/event-stream\r\n"))
        return client
    }

    @Test(.timeLimit(.minutes(1))) func everybodyHearsEverything() async throws {
        try await Self.run(frameBytes: 10) { bench, sayNext in
            var clients: [ListenerClient] = []
            for _ in 0..<200 { clients.append(try await Self.subscribe(bench)) }
            for _ in 0..<3 { sayNext() }
            for client in clients {
                let told = try await client.received(upTo: "<3>")
                #expect(told.contains("<1>") && told.contains("<2>"))
                client.close()
            }
        }
    }

    /// 40 MB for somebody who reads none of it: what does not fit the sockets is dropped, and the others go on.
    @Test(.timeLimit(.minutes(1))) func whoDoesNotReadMissesFramesAndIsToldTheLastWordLater() async throws {
        try await Self.run(frameBytes: 200_000) { bench, sayNext in
            let stalled = try await StalledClient(bench.path)
            try await stalled.write(ListenerBench.get("/_lookout/numbers", ""))
            let reader = try await Self.subscribe(bench)
            for number in 1...200 {
                sayNext()
                _ = try await reader.received(upTo: "<\(number)>")
            }
            let told = try await stalled.readAll(upTo: "<200 again>")
            #expect(!told.contains("<150>"))
            #expect(!told.contains("<200>"))
            reader.close()
            stalled.close()
        }
    }
}
