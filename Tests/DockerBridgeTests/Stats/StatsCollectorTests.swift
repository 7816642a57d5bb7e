import NIOCore
import Support
import Testing

@testable import DockerBridge

@Suite struct StatsCollectorTests {
    private static let document = #"{"cpu_stats":{"cpu_usage":{"total_usage":7}},"memory_stats":{"usage":1,"limit":2}}"#

    @Test func oneRoundAnswersAllThatAskSoonAfter() async throws {
        try await EngineBench.run(answer: { _, peer in peer.respond(200, Self.document) }) { bench in
            let collector = StatsCollector(engine: EngineAPI(dispatcher: bench.dispatcher))
            #expect(await collector.stats(of: ["a", "b"]).keys.sorted() == ["a", "b"])
            #expect(await collector.stats(of: ["a"]).keys.sorted() == ["a", "b"])
            #expect(bench.engine.requests.count == 2)
        }
    }

    @Test func aContainerThatWasNotKnownThenIsAskedAbout() async throws {
        try await EngineBench.run(answer: { _, peer in peer.respond(200, Self.document) }) { bench in
            let collector = StatsCollector(engine: EngineAPI(dispatcher: bench.dispatcher))
            #expect(await collector.stats(of: []).isEmpty)
            #expect(await collector.stats(of: ["a"]).keys.sorted() == ["a"])
        }
    }
}
