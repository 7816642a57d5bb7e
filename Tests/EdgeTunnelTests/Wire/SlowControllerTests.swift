import DockerBridge
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

/// Controllers that send and do not read, over a real connection.
@Suite(.timeLimit(.minutes(2))) struct SlowControllerTests {
    @Test func aControllerThatDoesNotReadIsNotReadEither() async throws {
        // More than the kernels between here and there hold.
        let count = 120_000
        try await WireBench.run(answer: { _, peer in peer.respond(200, "{}") }) { bench in
            try await bench.setReading(false)
            let payload = ByteBuffer(repeating: UInt8(ascii: "p"), count: 125)
            for _ in 0..<count { bench.send(frame: 0x89, payload) }
            while try await bench.onLoop({ handler, _ in handler.isReadingPaused }) == false {}
            let queued = try await bench.onLoop { handler, _ in handler.report().queuedBytes }
            #expect(queued <= OwedAnswers.limit)
            #expect(try await bench.onLoop { $1.memory.used } <= OwedAnswers.limit)
            try await bench.setReading(true)
            for _ in 0..<count { try #require(try await bench.frames.next().payload == payload) }
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
