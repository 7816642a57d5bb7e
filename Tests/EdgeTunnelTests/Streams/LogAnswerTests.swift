import DockerBridge
import Drydock
import NIOCore
import NIOEmbedded
import Support
import Synchronization
import Testing

@testable import EdgeTunnel

@Suite struct LogAnswerTests {
    private static let target = AdapterTarget(requestID: "l1", containerID: "web")

    private func answer(_ texts: [String], limit: Int) throws -> (logs: String, used: Int) {
        let bench = try OutboxBench()
        let answer = LogAnswer(
            Self.target,
            outbox: bench.outbox,
            memory: bench.memory,
            eventLoop: bench.channel.embeddedEventLoop,
            limit: limit
        ) {}
        for text in texts { answer.log(ByteBuffer(string: text), .stdout) }
        let used = bench.memory.used
        answer.logEnded()
        let frame = try #require(try bench.sent().first)
        #expect(bench.memory.used == 0)
        let start = #"{"type":"dd:container_log_response","data":{"requestId":"l1","containerId":"web","logs":""#
        #expect(frame.hasPrefix(start))
        #expect(frame.hasSuffix(#""}}"#))
        return (String(frame.dropFirst(start.count).dropLast(3)), used)
    }

    @Test func textIsOneStringHoweverItCame() throws {
        let (logs, used) = try self.answer(["one\n", "\"two\"\\n\n", "é"], limit: 1000)
        #expect(logs == #"one\n\"two\"\\n\né"#)
        #expect(used >= logs.utf8.count)
    }

    @Test func theNewestLinesThatFitAreKept() throws {
        let (logs, _) = try self.answer(["one\ntwo\n", "three\nfour\n", "five\n"], limit: 20)
        // What was left of the second piece is dropped up to its first line's end.
        #expect(logs == #"four\nfive\n"#)
    }

    @Test func anEscapedBackslashIsNoLineEnd() throws {
        let (logs, _) = try self.answer(["old\n", #"a\nb"#, "\nlast\n"], limit: 16)
        #expect(logs == #"last\n"#)
    }

    @Test func aSingleLineThatIsTooLongIsKeptAsFarAsItFits() throws {
        let (logs, _) = try self.answer(["old", "no line end"], limit: 12)
        #expect(logs == "no line end")
    }

    /// An answer on a channel whose clock stands until it is moved.
    private static func answer(_ bench: OutboxBench) -> LogAnswer {
        LogAnswer(
            Self.target,
            outbox: bench.outbox,
            memory: bench.memory,
            eventLoop: bench.channel.embeddedEventLoop
        ) {}
    }

    @Test func anAnswerThatIsAbandonedGivesItsMemoryBack() throws {
        let bench = try OutboxBench()
        let answer = Self.answer(bench)
        answer.log(ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000), .stdout)
        #expect(bench.memory.used >= 100_000)
        answer.abandon()
        #expect(bench.memory.used == 0)
        answer.log(ByteBuffer(string: "late"), .stdout)
        answer.logEnded()
        #expect(bench.memory.used == 0)
        #expect(try bench.sent() == [])
    }

    @Test func aLogTakesNoMoreMemoryThanOneFrameAndASlab() throws {
        let bench = try OutboxBench()
        let answer = Self.answer(bench)
        for _ in 0..<1024 {
            answer.log(ByteBuffer(repeating: UInt8(ascii: "x"), count: 32 * 1024), .stdout)
            #expect(bench.memory.used <= PlainResponse.maximumFrameBytes + (1 << 20))
        }
        answer.logEnded()
        #expect(try bench.sent().map(\.utf8.count).allSatisfy { $0 > PlainResponse.maximumFrameBytes - (3 << 20) })
        #expect(bench.memory.used == 0)
    }

    // MARK: Time

    private static let patience = TimeAmount.seconds(28)

    /// - Parameter follows: whether the log is followed for a while.
    /// - Returns: what is answered once the time is up, for an engine that says nothing by itself.
    private func patience(
        follows: Bool = false,
        _ body: (LogAnswer, EmbeddedEventLoop, MemoryBudget) throws -> Void
    ) throws -> String {
        let bench = try OutboxBench()
        let engine = VirtualEngine()
        let loop = engine.eventLoop
        let answer = LogAnswer(
            Self.target,
            outbox: bench.outbox,
            memory: bench.memory,
            eventLoop: loop
        ) {}
        var query = LogQuery()
        query.follow = follows
        answer.start(query, engine.dispatcher, patience: Self.patience)
        try body(answer, loop, bench.memory)
        loop.advanceTime(by: Self.patience)
        let sent = try bench.sent()
        #expect(sent.count == 1)
        return try #require(sent.first)
    }

    @Test func whatHasComeWhenTimeIsUpIsNotTheAnswer() throws {
        let frame = try self.patience { answer, _, _ in
            answer.logBegan()
            answer.log(ByteBuffer(string: "a part\n"), .stdout)
        }
        #expect(!frame.contains("a part"))
        #expect(frame.contains(#""logs":"error: the engine did not send all of this log within 28 s; "#))
    }

    @Test func aLogThatDoesNotBeginIsAnError() throws {
        let frame = try self.patience { _, _, _ in }
        #expect(frame.contains(#""logs":"error: the engine did not begin to send this log within 28 s"#))
    }

    @Test func aLogThatLackedMemorySaysSo() throws {
        let frame = try self.patience { answer, _, memory in
            answer.logBegan()
            memory.enter(OtherGatherer.shared)
            answer.log(ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000), .stdout)
            memory.change(by: memory.limit)
        }
        #expect(frame.contains(#""logs":"error: the agent had no memory free for this log in time; "#))
    }

    /// - Parameter silence: seconds before the end in which the engine says nothing.
    @Test(arguments: [0, 3]) func aFollowedLogIsWholeOnceItIsSilent(silence: Int64) throws {
        let frame = try self.patience(follows: true) { answer, loop, _ in
            answer.logBegan()
            for _ in 0..<((28 - silence) * 2) {
                loop.advanceTime(by: .milliseconds(499))
                answer.log(ByteBuffer(string: "line\n"), .stdout)
            }
        }
        #expect(frame.contains("error: the engine did not send all") == (silence == 0))
        #expect(frame.contains(#"line\nline\n"#) == (silence != 0))
    }

    @Test func whatWasAnsweredIsNotAnsweredAgainWhenPatienceEnds() async throws {
        try await WireBench.run(answer: { _, _ in }) { bench in
            let said = Mutex(0)
            let later = try await bench.onLoop { _, dispatcher in
                let outbox = Outbox(eventLoop: dispatcher.eventLoop, memory: dispatcher.memory)
                let answer = LogAnswer(
                    Self.target,
                    outbox: outbox,
                    memory: dispatcher.memory,
                    eventLoop: dispatcher.eventLoop
                ) {
                    said.withLock { $0 += 1 }
                }
                answer.start(LogQuery(), dispatcher, patience: .milliseconds(1))
                answer.logEnded()
                // Due behind the patience, on the same loop.
                return dispatcher.eventLoop.scheduleTask(in: .milliseconds(2)) {}.futureResult
            }
            try await later.get()
            #expect(said.withLock { $0 } == 1)
        }
    }
}

/// Comes first in its budget and never leaves.
private final class OtherGatherer: MemoryGatherer, Sendable {
    static let shared = OtherGatherer()

    func memoryHasRoom() {}
}
