import DockerBridge
import NIOCore
import Support
import Testing

@Suite(.timeLimit(.minutes(1))) struct LogReaderTests {
    /// Writes down what it hears.
    private final class Sink: LogSink {
        let isWritable = true
        let events = Mailbox<String>()

        func logBegan() { self.events.put("began") }
        func log(_ text: ByteBuffer, _ stream: StdStream) { self.events.put(String(buffer: text)) }
        func logEnded() { self.events.put("ended") }
        func logFailed(_ failure: LogFailure) { self.events.put("failed: \(failure.reason)") }
    }

    /// An engine whose container has a terminal, and a log that `answer` gives.
    private static func read(
        answer: @escaping @Sendable (FakeEnginePeer) -> Void,
        _ body: (NIOLoopBound<LogReader>, Mailbox<String>) async throws -> Void
    ) async throws {
        try await EngineBench.run(
            answer: { request, peer in
                let isLog = request.target.contains("/logs?")
                if isLog { answer(peer) } else { peer.respond(200, #"{"Config":{"Tty":true}}"#) }
            },
            { bench in
                let dispatcher = bench.dispatcher
                let (reading, events) = try await bench.eventLoop.submit {
                    let sink = Sink()
                    var query = LogQuery()
                    query.follow = true
                    let reader = LogReader(
                        containerID: "web",
                        query: query,
                        dispatcher: dispatcher.value,
                        asker: .agent,
                        sink: sink
                    )
                    reader.start()
                    return (NIOLoopBound(reader, eventLoop: dispatcher.eventLoop), sink.events)
                }.get()
                try await body(reading, events)
                try await bench.eventLoop.submit { reading.value.cancel() }.get()
            }
        )
    }

    private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test func aLogThatNobodyWantsAnyMoreIsEndedAtTheEngine() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await Self.read(
            answer: { peer in
                peer.write(Self.head + "5\r\nline\n\r\n")
                peers.put(peer)
            },
            { reading, events in
                #expect(try await events.next() == "began")
                #expect(try await events.next() == "line\n")
                try await reading.eventLoop.submit { reading.value.cancel() }.get()
                try await peers.next().closed()
            }
        )
    }

    @Test func theEnginesRefusalIsPassedOn() async throws {
        try await Self.read(answer: { $0.respond(409, #"{"message":"no logs here"}"#) }) { _, events in
            let event = try await events.next()
            #expect(event == "failed: no logs here")
        }
    }
}
