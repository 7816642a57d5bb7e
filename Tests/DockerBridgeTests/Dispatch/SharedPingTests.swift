import NIOCore
import Support
import Testing

@testable import DockerBridge

@Suite(.timeLimit(.minutes(1))) struct SharedPingTests {
    @Test func allWhoAskMeanwhileShareOneRequest() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(answer: { _, peer in peers.put(peer) }) { bench in
            let ping = SharedPing(bench.dispatcher, patience: .minutes(1))
            let answers = (0..<1000).map { _ in ping.answer() }
            try await peers.next().respond(200, "OK")
            for answer in answers { #expect(try await answer.get()) }
            #expect(bench.engine.requests.count == 1)
            // What was answered is not asked again by those, but by the next.
            let next = ping.answer()
            try await peers.next().respond(500)
            #expect(try await next.get() == false)
            #expect(bench.engine.requests.count == 2)
        }
    }

    @Test func anEngineThatDoesNotAnswerIsGivenUpForAll() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(answer: { _, peer in peers.put(peer) }) { bench in
            let ping = SharedPing(bench.dispatcher, patience: .minutes(1))
            let answers = (0..<10).map { _ in ping.answer() }
            _ = try await peers.next()
            try await bench.pass(.minutes(2))
            for answer in answers { #expect(try await answer.get() == false) }
        }
    }
}
