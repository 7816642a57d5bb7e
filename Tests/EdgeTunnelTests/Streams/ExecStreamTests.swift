import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct ExecStreamTests {
    private let bench: OutboxBench

    init() throws {
        self.bench = try OutboxBench()
    }

    private func stream(
        whenInputDrained: @escaping (ExecStream) -> Void = { _ in },
        whenOver: @escaping (ExecStream) -> Void = { _ in }
    ) -> ExecStream {
        ExecStream(
            id: "e",
            outbox: self.bench.outbox,
            whenInputDrained: whenInputDrained,
            whenOver: whenOver
        )
    }

    private static let ready = #"{"type":"exec_ready","data":{"execId":"e"}}"#

    private static func output(_ base64: String, stream: String = "") -> String {
        let name = stream.isEmpty ? "" : #","stream":"\#(stream)""#
        return #"{"type":"exec_output","data":{"execId":"e"\#(name),"data":"\#(base64)"}}"#
    }

    @Test func anAbandonedSessionIgnoresWhatTheEngineStillSays() throws {
        let stream = self.stream()
        stream.abandon()
        stream.execReady()
        stream.execOutput(ByteBuffer(string: "a"), stream: nil)
        stream.execBurstEnded()
        stream.execEnded(ExecEnd(reason: "exited", exitCode: 0))
        #expect(try self.bench.sent() == [])
    }

    @Test func aSessionIsReadyThenItsBurstsThenItsEnd() throws {
        var ends = 0
        let stream = self.stream(whenOver: { _ in ends += 1 })
        stream.execReady()
        stream.execOutput(ByteBuffer(string: "a"), stream: nil)
        stream.execOutput(ByteBuffer(string: "b"), stream: nil)
        stream.execBurstEnded()
        stream.execOutput(ByteBuffer(string: "c"), stream: nil)
        stream.execEnded(ExecEnd(reason: "exited", exitCode: 7))
        #expect(ends == 1)
        #expect(
            try self.bench.sent() == [
                Self.ready, Self.output("YWI="), Self.output("Yw=="),
                #"{"type":"exec_end","data":{"execId":"e","reason":"exited","exitCode":7}}"#,
            ]
        )
    }

    @Test func theTwoOutputsNeverShareAFrameAndKeepTheirOrder() throws {
        let stream = self.stream()
        stream.execOutput(ByteBuffer(string: "a"), stream: .stdout)
        stream.execOutput(ByteBuffer(string: "b"), stream: .stdout)
        stream.execOutput(ByteBuffer(string: "c"), stream: .stderr)
        stream.execOutput(ByteBuffer(string: "d"), stream: .stdout)
        stream.execBurstEnded()
        #expect(
            try self.bench.sent() == [
                Self.output("YWI=", stream: "stdout"), Self.output("Yw==", stream: "stderr"),
                Self.output("ZA==", stream: "stdout"),
            ]
        )
    }

    @Test func muchOutputIsCutIntoFramesOfTheLargestSize() throws {
        let stream = self.stream()
        stream.execOutput(ByteBuffer(repeating: 0, count: 2 * PayloadPacker.maximumPayload + 1), stream: nil)
        stream.execBurstEnded()
        let sizes = try self.bench.sent().map(\.utf8.count)
        #expect(sizes.count == 3)
        #expect(sizes[0] == sizes[1])
        #expect(sizes[2] < 100)
    }

    @Test func theEndIsSaidOnce() throws {
        let stream = self.stream()
        stream.execEnded(ExecEnd(reason: "exited"))
        stream.execEnded(ExecEnd(reason: "again"))
        #expect(try self.bench.sent().count == 1)
        #expect(!stream.isWritable)
    }

    @Test func anAbandonedSessionSaysNothingMore() throws {
        self.bench.stop()
        let stream = self.stream()
        stream.execReady()
        stream.abandon()
        stream.execEnded(ExecEnd(reason: "late"))
        self.bench.go()
        #expect(try self.bench.sent() == [])
        #expect(!stream.isWritable)
    }

    @Test func aFullQueueStopsTheOutput() throws {
        self.bench.stop()
        let stream = self.stream()
        #expect(stream.isWritable)
        stream.execOutput(ByteBuffer(repeating: 0, count: Outbox.streamBudget), stream: nil)
        #expect(!stream.isWritable)
        self.bench.go()
        #expect(stream.isWritable)
    }

    @Test func drainedInputIsPassedOn() {
        var drained = 0
        let stream = self.stream(whenInputDrained: { _ in drained += 1 })
        stream.execInputDrained()
        #expect(drained == 1)
    }
}
