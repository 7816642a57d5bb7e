import DockerBridge
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

/// Controllers that send and do not read, over a real connection.
@Suite(.timeLimit(.minutes(2))) struct SlowControllerTests {
    @Test func aControllerThatDoesNotReadIsNotReadEither() async throws {
        let count = 300_000
        try await WireBench.run(answer: { _, peer in peer.respond(200, "{}") }) { bench in
            try await bench.setReading(false)
            let padding = String(repeating: "p", count: 40)
            for _ in 0..<count { bench.send(#"{"type":"ping","data":{"timestamp":"\#(padding)"}}"#) }
            while try await bench.onLoop({ handler, _ in handler.isReadingPaused }) == false {}
            let queued = try await bench.onLoop { handler, _ in handler.report().queuedBytes }
            #expect(queued <= OwedAnswers.limit)
            #expect(try await bench.onLoop { $1.memory.used } <= OwedAnswers.limit)
            try await bench.setReading(true)
            for _ in 0..<count {
                let answer = try await bench.next()
                try #require(answer.hasSuffix(#"\#(padding)"}}"#))
            }
            #expect(try await bench.onLoop { $1.memory.used } == 0)
        }
    }

    @Test func aControllerThatTakesNothingForHalfAMinuteIsGivenUp() async throws {
        var settings = WireBench.Settings()
        settings.limits.look = .milliseconds(5)
        settings.limits.stuck = .milliseconds(100)
        try await WireBench.run(settings, answer: { _, peer in peer.respond(200, "{}") }) { bench in
            try await bench.setReading(false)
            for _ in 0..<300_000 { bench.send(#"{"type":"ping","data":{"timestamp":1700000000123}}"#) }
            #expect(try await bench.ended.get().end == .stalled)
        }
    }
}
