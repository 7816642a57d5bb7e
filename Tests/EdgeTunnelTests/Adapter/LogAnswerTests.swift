import DockerBridge
import NIOCore
import Synchronization
import Testing

@testable import EdgeTunnel

@Suite struct LogAnswerTests {
    private static let target = AdapterTarget(requestID: "l1", containerID: "web")

    private func answer(_ texts: [String], limit: Int) throws -> (logs: String, used: Int) {
        let bench = try OutboxBench()
        let answer = LogAnswer(Self.target, outbox: bench.outbox, memory: bench.memory, limit: limit) {}
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
        #expect(used == logs.utf8.count)
    }

    @Test func theNewestLinesThatFitAreKept() throws {
        let (logs, used) = try self.answer(["one\ntwo\n", "three\nfour\n", "five\n"], limit: 20)
        #expect(used <= 20)
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

    @Test func anAnswerThatIsAbandonedGivesItsMemoryBack() throws {
        let bench = try OutboxBench()
        let answer = LogAnswer(Self.target, outbox: bench.outbox, memory: bench.memory) {}
        answer.log(ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000), .stdout)
        #expect(bench.memory.used == 100_000)
        answer.abandon()
        #expect(bench.memory.used == 0)
        #expect(try bench.sent() == [])
    }

    @Test(arguments: [true, false])
    func aPartIsTheAnswerUnlessMemoryWasShort(isShort: Bool) throws {
        let bench = try OutboxBench()
        let (first, second) = (
            LogAnswer(Self.target, outbox: bench.outbox, memory: bench.memory) {},
            LogAnswer(Self.target, outbox: bench.outbox, memory: bench.memory) {}
        )
        for answer in [first, second] { answer.log(ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000), .stdout) }
        if isShort { bench.memory.change(by: bench.memory.limit) }
        second.patienceEnded()
        let frame = try #require(try bench.sent().first)
        #expect(frame.contains(#""logs":"error: the agent had no memory free for this log in time; "#) == isShort)
        #expect((frame.utf8.count > 100_000) == !isShort)
        first.abandon()
        #expect(bench.memory.used == (isShort ? bench.memory.limit : 0))
    }

    @Test func whatWasAnsweredIsNotAnsweredAgainWhenPatienceEnds() async throws {
        try await WireBench.run(answer: { _, _ in }) { bench in
            let said = Mutex(0)
            let later = try await bench.onLoop { _, dispatcher in
                let outbox = Outbox(eventLoop: dispatcher.eventLoop, memory: dispatcher.memory)
                let answer = LogAnswer(Self.target, outbox: outbox, memory: dispatcher.memory) {
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
