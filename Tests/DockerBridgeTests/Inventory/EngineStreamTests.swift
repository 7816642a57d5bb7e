import NIOCore
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
}
