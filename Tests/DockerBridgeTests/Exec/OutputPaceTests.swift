import Logging
import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge

/// One read of small records becomes thousands of frames: no more than 64 of them are made in one turn of the loop, and the
/// engine is not read meanwhile.
@Suite struct OutputPaceTests {
    private static let count = 1000
    private static let start = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
    private static let log = "HTTP/1.1 200 OK\r\n\r\n"

    /// Records of one byte each, of the two outputs by turns, in one read.
    private static func records(behind head: String) -> ByteBuffer {
        var bytes = ByteBuffer(string: head)
        for number in 0..<self.count {
            bytes.writeBytes([UInt8(1 + number % 2), 0, 0, 0, 0, 0, 0, 1, UInt8(ascii: "a") + UInt8(number % 26)])
        }
        return bytes
    }

    private static let text = String(decoding: (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }, as: UTF8.self)

    private static func exec(_ engine: VirtualEngine, _ sink: Exec) throws -> ExecSession {
        let session = ExecSession(
            spec: ExecSpec(containerID: "c", command: ["sh"], isTTY: false),
            dispatcher: engine.dispatcher,
            asker: .controller,
            sink: sink,
            logger: EngineBench.logger
        )
        session.start()
        engine.eventLoop.run()
        try engine.says("HTTP/1.1 201 Created\r\nConnection: close\r\nContent-Length: 10\r\n\r\n{\"Id\":\"e\"}")
        engine.eventLoop.run()
        return session
    }

    private static func reader(_ engine: VirtualEngine, _ sink: Log) throws -> LogReader {
        let reader = LogReader(
            containerID: "c",
            query: LogQuery(),
            dispatcher: engine.dispatcher,
            asker: .agent,
            sink: sink
        )
        reader.start()
        engine.eventLoop.run()
        let document = #"{"Config":{"Tty":false}}"#
        try engine.says("HTTP/1.1 200 OK\r\nContent-Length: \(document.utf8.count)\r\n\r\n\(document)")
        engine.eventLoop.run()
        return reader
    }

    /// What `pieces` grows by from one turn to the next, until it no longer does.
    private static func turns(_ engine: VirtualEngine, _ pieces: () -> Int) -> [Int] {
        var (before, turns) = (0, [pieces()])
        while pieces() > before {
            before = pieces()
            engine.wait(.milliseconds(1))
            turns.append(pieces() - before)
        }
        return turns
    }

    @Test func aBurstOfAnExecSessionIsGivenOutOverManyTurns() throws {
        let (engine, sink) = (VirtualEngine(), Exec())
        let session = try Self.exec(engine, sink)
        try engine.says(Self.records(behind: Self.start))
        // The engine's end comes while the output waits, and is told behind it.
        engine.connections.last?.pipeline.fireChannelInactive()
        #expect(!session.isWritable)
        let turns = Self.turns(engine) { sink.text.utf8.count }
        #expect(turns.allSatisfy { $0 <= OutputPace.framesPerTurn }, "\(turns)")
        #expect(sink.text == Self.text)
        #expect(sink.textAtEnd == nil)
        try engine.says("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"ExitCode\":0}")
        engine.eventLoop.run()
        #expect(sink.textAtEnd == Self.text)
    }

    @Test func aBurstOfALogIsGivenOutOverManyTurns() throws {
        let (engine, sink) = (VirtualEngine(), Log())
        let reader = try Self.reader(engine, sink)
        try engine.says(Self.records(behind: Self.log))
        engine.connections.last?.pipeline.fireChannelInactive()
        #expect(!reader.isWritable)
        #expect(sink.textAtEnd == nil)
        let turns = Self.turns(engine) { sink.text.utf8.count }
        #expect(turns.allSatisfy { $0 <= OutputPace.framesPerTurn }, "\(turns)")
        #expect(sink.textAtEnd == Self.text)
    }

    @Test func aSinkThatTakesNoMoreIsWaitedFor() throws {
        let (engine, sink) = (VirtualEngine(), Log())
        let reader = try Self.reader(engine, sink)
        sink.isWritable = false
        try engine.says(Self.records(behind: Self.log))
        engine.wait(.milliseconds(100))
        #expect(sink.text.utf8.count <= OutputPace.framesPerTurn)
        sink.isWritable = true
        reader.resume()
        engine.wait(.milliseconds(100))
        #expect(sink.text.utf8.count >= Self.count - 1)
        reader.cancel()
    }

    @Test func aConsumerThatLeavesHearsNothingMore() throws {
        let (engine, sink) = (VirtualEngine(), Exec())
        let session = try Self.exec(engine, sink)
        try engine.says(Self.records(behind: Self.start))
        session.abandon()
        let heard = sink.text
        engine.wait(.milliseconds(100))
        #expect(sink.text == heard)
        #expect(engine.dispatcher.turns.isIdle)
    }

    // MARK: An answer that is not a switch of protocols

    @Test func aStartThatIsAnsweredWithoutASwitchOfProtocolsEndsTheSession() throws {
        for head in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"] {
            let (engine, sink) = (VirtualEngine(), Exec())
            let session = try Self.exec(engine, sink)
            let connection = try #require(engine.connections.last)
            try engine.says(head)
            let status = head.split(separator: " ")[1]
            #expect(sink.end == "start exec failed: the engine answered \(status) and did not switch protocols")
            engine.eventLoop.run()
            #expect(!connection.isActive)
            session.abandon()
        }
    }

    @Test func aComplaintAboutAStartThatNeverEndsIsCutAndItsDeadlineHolds() throws {
        let (engine, sink) = (VirtualEngine(), Exec())
        _ = try Self.exec(engine, sink)
        try engine.says("HTTP/1.1 500 Oops\r\n\r\n")
        try engine.says(ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 * 1024))
        #expect(sink.end?.hasPrefix("start exec failed") == true)

        let (slow, waiting) = (VirtualEngine(), Exec())
        let session = try Self.exec(slow, waiting)
        try slow.says("HTTP/1.1 500 Oops\r\n\r\nx")
        #expect(waiting.end == nil)
        slow.wait(.seconds(120))
        #expect(waiting.end?.hasPrefix("start exec failed") == true)
        session.abandon()
    }
}

private final class Exec: ExecSink {
    let isWritable = true
    private(set) var text = ""
    private(set) var textAtEnd: String?
    private(set) var end: String?

    func execReady() {}
    func execOutput(_ bytes: ByteBuffer, stream: StdStream?) { self.text += String(buffer: bytes) }
    func execBurstEnded() {}
    func execInputDrained() {}
    func execEnded(_ end: ExecEnd) { (self.textAtEnd, self.end) = (self.text, end.reason) }
}

private final class Log: LogSink {
    var isWritable = true
    private(set) var text = ""
    private(set) var textAtEnd: String?

    func logBegan() {}
    func log(_ text: ByteBuffer, _ stream: StdStream) { self.text += String(buffer: text) }
    func logEnded() { self.textAtEnd = self.text }
    func logFailed(_ failure: LogFailure) {}
}
