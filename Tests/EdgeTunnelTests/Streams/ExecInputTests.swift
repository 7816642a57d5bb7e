import DockerBridge
import Logging
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

@Suite struct ExecInputTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// The time for pauses is used up. The tunnel could wait for memory as well, but the clock stands still here.
    @Test func inputBeyondTheMemoryEndsTheFullestSessionAtOnce() throws {
        var limits = RequestDispatcher.Limits()
        limits.memory = 8 << 20
        let virtual = VirtualEngine(limits)
        let memory = virtual.dispatcher.memory
        let outbox = try OutboxBench()
        var streams: [String: ExecStream] = [:]
        var isPaused = false
        let input = ExecInput(
            eventLoop: virtual.eventLoop,
            memory: memory,
            gate: InputGate(patience: .hours(1), longestPause: .milliseconds(1)),
            session: { streams[$0]?.session },
            pause: { isPaused = $0 }
        )
        func deliver(_ ids: [String]) throws {
            for id in ids { input.deliver(ByteBuffer(repeating: 0, count: 900_000), to: try #require(streams[id])) }
        }
        for id in ["a", "b"] {
            let stream = ExecStream(id: id, outbox: outbox.outbox, whenInputDrained: { _ in }, whenOver: { _ in })
            let spec = ExecSpec(containerID: "web", command: ["sh"])
            streams[id] = stream
            stream.start(
                ExecSession(
                    spec: spec,
                    dispatcher: virtual.dispatcher,
                    asker: .controller,
                    sink: stream,
                    logger: Self.logger
                )
            )
        }
        try deliver(["a", "b", "b", "b"])
        #expect(isPaused)
        virtual.wait(.milliseconds(2))
        #expect(!isPaused)
        #expect(try outbox.sent() == [])
        try deliver(["a"])
        #expect(try outbox.sent() == [#"{"type":"exec_end","data":{"execId":"b","reason":"input overflow"}}"#])
        #expect(memory.used < memory.largestShare)
        #expect(streams["a"]?.session?.waitingInputBytes == 1_800_000)
    }
}
