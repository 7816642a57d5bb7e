import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct TunnelStreamTests {
    private let bench: OutboxBench

    init() throws {
        self.bench = try OutboxBench()
    }

    private func stream(
        limit: Int? = nil,
        takesBase64Bodies: Bool = false,
        _ whenGone: @escaping (TunnelStream) -> Void = { _ in }
    ) -> TunnelStream {
        TunnelStream(
            id: "r",
            outbox: self.bench.outbox,
            memory: self.bench.memory,
            streamLimit: limit,
            takesBase64Bodies: takesBase64Bodies,
            whenGone: whenGone
        )
    }

    private static let head = #"{"type":"response","data":{"requestId":"r","statusCode":200,"headers":{}"#
    private static let end = #"{"type":"stream_end","data":{"requestId":"r","reason":"complete"}}"#

    private static func chunk(_ base64: String) -> String {
        #"{"type":"stream","data":{"requestId":"r","data":"\#(base64)"}}"#
    }

    private static func error(_ message: String) -> String {
        #"{"type":"error","data":{"message":"\#(message)","requestId":"r"}}"#
    }

    @Test func aPlainAnswerIsOneFrame() throws {
        var ends = 0
        let stream = self.stream { _ in ends += 1 }
        stream.begin(try .reading(), form: .plain)
        stream.write(ByteBuffer(string: #"{"a":"#))
        stream.write(ByteBuffer(string: "1}"))
        #expect(try self.bench.sent() == [])
        #expect(self.bench.memory.used == 7)
        stream.finish()
        #expect(ends == 0, "its frame is still here")
        #expect(try self.bench.sent() == [Self.head + #","body":{"a":1}}}"#])
        #expect(ends == 1)
        #expect(self.bench.memory.used == 0)
    }

    @Test func anEncodedAnswerCountsAsItsFrameUntilItHasLeft() throws {
        let stream = self.stream(takesBase64Bodies: true)
        stream.begin(try .reading(), form: .plain)
        stream.write(ByteBuffer(repeating: 0xff, count: 300_000))
        #expect(self.bench.memory.used == 300_000)
        self.bench.stop()
        stream.finish()
        #expect(self.bench.memory.used >= 400_000 + Self.head.utf8.count)
        self.bench.go()
        let body = String(repeating: "/", count: 400_000)
        #expect(try self.bench.sent() == [Self.head + #","bodyBase64":"\#(body)"}}"#])
        #expect(self.bench.memory.used == 0)
    }

    @Test func aStreamIsAHeadItsBurstsAndAnEnd() throws {
        let stream = self.stream()
        stream.begin(try .reading(), form: .stream)
        stream.write(ByteBuffer(string: "a"))
        stream.write(ByteBuffer(string: "b"))
        stream.burstEnded()
        stream.write(ByteBuffer(string: "c"))
        stream.finish()
        #expect(
            try self.bench.sent() == [
                Self.head + #","isStream":true}}"#, Self.chunk("YWI="), Self.chunk("Yw=="), Self.end,
            ]
        )
    }

    @Test func aStreamThatBreaksEndsWithAnErrorBehindAllThatCame() throws {
        let stream = self.stream()
        stream.begin(try .reading(), form: .stream)
        stream.write(ByteBuffer(string: "ab"))
        stream.fail(BridgeError(.truncated, "cut off"))
        #expect(try self.bench.sent().dropFirst() == [Self.chunk("YWI="), Self.error("cut off")])
    }

    @Test func aPlainAnswerThatBreaksIsNothingButAnError() throws {
        let stream = self.stream()
        stream.begin(try .reading(), form: .plain)
        stream.write(ByteBuffer(string: "ab"))
        stream.fail(BridgeError(.truncated, "cut off"))
        #expect(try self.bench.sent() == [Self.error("cut off")])
        #expect(self.bench.memory.used == 0)
    }

    @Test func aStreamIsAsLongAsTheControllerAcceptsAndNotAByteLonger() throws {
        let stream = self.stream(limit: 2 << 20)
        stream.begin(try .reading(), form: .stream)
        stream.write(ByteBuffer(repeating: 0, count: 2 << 20))
        #expect(try self.bench.sent().count == 1 + (2 << 20) / PayloadPacker.maximumPayload)
        stream.write(ByteBuffer(string: "x"))
        #expect(
            try self.bench.sent().last == Self.error("stream larger than 2 MiB; the controller accepts no more")
        )
    }

    @Test func aCancelledStreamSaysNothingMore() throws {
        self.bench.stop()
        let stream = self.stream()
        stream.begin(try .reading(), form: .stream)
        stream.write(ByteBuffer(string: "ab"))
        stream.burstEnded()
        stream.cancel()
        self.bench.go()
        #expect(try self.bench.sent() == [])
        #expect(self.bench.memory.used == 0)
    }

    // MARK: Silence

    @Test func aSilentStreamSendsAnEmptyFrameEveryThirdTick() throws {
        let stream = self.stream()
        stream.begin(try .reading(), form: .stream)
        _ = try self.bench.sent()
        var sent: [[String]] = []
        for _ in 0..<6 {
            stream.tick()
            sent.append(try self.bench.sent())
        }
        #expect(sent == [[], [], [Self.chunk("")], [], [], [Self.chunk("")]])
    }

    @Test func dataIsASignOfLifeToo() throws {
        let stream = self.stream()
        stream.begin(try .reading(), form: .stream)
        _ = try self.bench.sent()
        for _ in 0..<5 {
            stream.tick()
            stream.tick()
            stream.write(ByteBuffer(string: "x"))
            stream.burstEnded()
            #expect(try self.bench.sent() == [Self.chunk("eA==")])
        }
    }

    @Test func neitherAPlainAnswerNorAFinishedStreamNorOneThatWaitsForTheLinkSendsEmptyFrames() throws {
        let plain = self.stream()
        plain.begin(try .reading(), form: .plain)
        let finished = self.stream()
        finished.begin(try .reading(), form: .stream)
        finished.finish()
        _ = try self.bench.sent()
        self.bench.stop()
        let waiting = self.stream()
        waiting.begin(try .reading(), form: .stream)
        for _ in 0..<9 {
            for stream in [plain, finished, waiting] { stream.tick() }
        }
        self.bench.go()
        #expect(try self.bench.sent() == [Self.head + #","isStream":true}}"#])
    }

    // MARK: Memory

    @Test func ofTwoAnswersThatAreGatheredOnlyTheFirstGrowsWithoutRoom() throws {
        let first = self.stream()
        let second = self.stream()
        for stream in [first, second] {
            stream.begin(try .reading(), form: .plain)
            stream.write(ByteBuffer(repeating: UInt8(ascii: "1"), count: MemoryBudget.guaranteedBytes))
            #expect(stream.isWritable)
        }
        self.bench.memory.change(by: self.bench.memory.limit)
        #expect(first.isWritable)
        #expect(!second.isWritable)
        first.cancel()
        #expect(second.isWritable)
    }

    @Test func aSmallAnswerNeverWaitsForMemory() throws {
        self.bench.memory.change(by: self.bench.memory.limit)
        let stream = self.stream()
        stream.begin(try .reading(), form: .plain)
        stream.write(ByteBuffer(repeating: UInt8(ascii: "1"), count: MemoryBudget.guaranteedBytes - 1))
        #expect(stream.isWritable)
    }

    @Test func anAnswerLargerThanHalfTheBudgetNamesIt() throws {
        let bench = try OutboxBench(memory: 1 << 20)
        let stream = TunnelStream(
            id: "r",
            outbox: bench.outbox,
            memory: bench.memory,
            streamLimit: nil,
            takesBase64Bodies: false
        ) { _ in }
        stream.begin(try .reading(), form: .plain)
        stream.write(ByteBuffer(repeating: UInt8(ascii: "1"), count: 1 << 19))
        let sent = try bench.sent()
        #expect(sent.count == 1)
        #expect(sent.first?.contains("raise the agent's MEMORY_BUDGET") == true)
    }
}
