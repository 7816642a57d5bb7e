import DockerBridge
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

/// The tunnel's sink, fed with every order of events. A trap would end the whole run.
@Suite struct SinkOrderTests {
    /// Holds 4 KiB of an answer, and as much of a stream.
    private static let budget = 8192

    @Test(arguments: AnswerForm.allCases) func aTunnelStreamEndsOnceAndGivesAllItsMemoryBack(form: AnswerForm) throws {
        let bench = try OutboxBench(memory: Self.budget)
        let orders = SinkOrders(try .reading(), form, tooMuch: 5000)
        var (answers, ends) = (0, 0)
        try orders.drive {
            (answers, ends) = (0, 0)
            let stream = TunnelStream(
                id: "r",
                outbox: bench.outbox,
                memory: bench.memory,
                streamLimit: Self.budget / 2,
                takesBase64Bodies: false
            ) { _ in ends += 1 }
            stream.whenAnswered = { _ in answers += 1 }
            return stream
        } check: { stream, order in
            stream.hold(1)
            stream.tick()
            stream.outboxHasRoom()
            stream.memoryHasRoom()
            var sent = try bench.sent()
            #expect(ends <= 1, "\(order)")
            if order.contains(where: \.isEnd) { #expect(ends == 1, "\(order)") }
            // Ends what is not over; what is must not be ended, nor its queue be given away, a second time.
            stream.abort("enough")
            sent += try bench.sent()
            stream.cancel()
            #expect((answers, ends) == (1, 1), "\(order)")
            sent += try bench.sent()
            #expect(sent.count(where: Self.isLast) == 1, "\(order)")
            #expect(bench.memory.used == 0, "\(order)")
        }
    }

    /// Whether nothing may follow this frame.
    private static func isLast(_ frame: String) -> Bool {
        ["error", "stream_end"].contains { frame.hasPrefix(#"{"type":"\#($0)""#) }
            || frame.hasPrefix(#"{"type":"response""#) && !frame.contains("isStream")
    }

    @Test func theQueueOfAStreamThatIsOverIsNotFreedTwice() throws {
        let bench = try OutboxBench()
        let stream = TunnelStream(
            id: "r",
            outbox: bench.outbox,
            memory: bench.memory,
            streamLimit: nil,
            takesBase64Bodies: false
        ) { _ in }
        stream.fail(BridgeError(.truncated, "broken"))
        _ = try bench.sent()
        stream.cancel()
        #expect(bench.outbox.open(.bulk) != bench.outbox.open(.bulk))
    }

    @Test func aRefusalThatIsTooLargeForAFrameEndsInAnErrorAndTheTunnelGoesOn() async throws {
        var settings = WireBench.Settings()
        let refusal = ByteBuffer(repeating: UInt8(ascii: "1"), count: PlainResponse.maximumFrameBytes)
        settings.engine.admission = RecordingPolicy(always: .refused(refusal))
        try await WireBench.run(settings) { _, peer in
            peer.respond()
        } _: { bench in
            bench.request("r", "/containers/create", method: "POST", #","body":{}"#)
            try await bench.says(containing: "response body")
            try await bench.isAnswered()
        }
    }
}
