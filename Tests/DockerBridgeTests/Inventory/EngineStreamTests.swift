import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge

@Suite(.timeLimit(.minutes(1))) struct EngineStreamTests {
    @Test func aFeedThatIsStoppedEndsTheEnginesStream() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let opened = Mailbox<Void>()
        try await EngineBench.run(
            answer: { _, peer in
                peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                peers.put(peer)
            },
            { bench in
                let dispatcher = bench.dispatcher
                let feed = try await bench.eventLoop.submit {
                    let feed = EngineStream<EventDigest>(after: EventCursor()) { _ in opened.put(()) }
                    feed.start(on: dispatcher.value)
                    return NIOLoopBound(feed, eventLoop: dispatcher.eventLoop)
                }.get()
                try await opened.next()
                _ = try await bench.eventLoop.submit { feed.value.stop() }.get()
                try await peers.next().closed()
            }
        )
    }

    @Test func aRefusalEndsTheStreamWithItsHead() throws {
        let engine = VirtualEngine()
        var (answers, calls) = ([StreamEnd?](), 0)
        let feed = EngineStream<EventDigest>(after: EventCursor()) {
            answers.append($0)
        } whenFilled: {
            calls += 1
        }
        feed.start(on: engine.dispatcher)
        engine.eventLoop.run()
        // The rest of its body never comes.
        try engine.says("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nno")
        #expect(answers == [.refused(status: 403)])
        #expect(calls == 1)
        #expect(feed.isOver)
        #expect(feed.take().end == .refused(status: 403))
        #expect(feed.take().end == nil)
        #expect(feed.end == .refused(status: 403))
    }
}
