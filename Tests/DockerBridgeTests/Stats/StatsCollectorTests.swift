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

    @Test func aDocumentMayHave1MiB() async throws {
        let full = Self.document + String(repeating: " ", count: 1024 * 1024 - Self.document.utf8.count)
        try await EngineBench.run(
            answer: { request, peer in peer.respond(200, request.target.contains("/full/") ? full : full + " ") },
            { bench in
                let collector = StatsCollector(engine: EngineAPI(dispatcher: bench.dispatcher))
                #expect(await collector.stats(of: ["full", "over"]).keys.sorted() == ["full"])
            }
        )
    }
}
