import Glibc
import Support
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct LogQueueTests {
    /// A descriptor that nobody reads until `open` is called.
    private final class Reader: Sendable {
        let batches = Mailbox<String>()
        private let ends: (output: CInt, input: CInt)

        init() {
            var ends: [CInt] = [-1, -1]
            pipe(&ends)
            self.ends = (ends[0], ends[1])
        }

        deinit { close(self.ends.output) }

        func write(_ bytes: [UInt8]) {
            self.batches.put(String(decoding: bytes, as: UTF8.self))
            // Blocks until the other end is closed, and not any more from then on.
            var byte: UInt8 = 0
            _ = read(self.ends.output, &byte, 1)
        }

        func open() { close(self.ends.input) }
    }

    private static func queue(_ reader: Reader, maximumBytes: Int = 100) throws -> LogQueue {
        try LogQueue(maximumBytes: maximumBytes, notice: { "<\($0) dropped>\n" }, write: { reader.write($0) })
    }

    @Test func whatDoesNotFitBehindABlockedReaderIsCountedAndSaid() async throws {
        let reader = Reader()
        let queue = try Self.queue(reader)
        queue.append("first\n")
        #expect(try await reader.batches.next() == "first\n")
        // The queue's thread is blocked; this one must not be.
        for _ in 0..<1000 { queue.append("0123456789012345678\n") }
        reader.open()
        #expect(
            try await reader.batches.next() == String(repeating: "0123456789012345678\n", count: 5) + "<995 dropped>\n"
        )
        queue.append("last\n")
        #expect(try await reader.batches.next() == "last\n")
    }

    @Test func nothingOvertakesALineThatWasDropped() async throws {
        let reader = Reader()
        let queue = try Self.queue(reader)
        queue.append("first\n")
        _ = try await reader.batches.next()
        queue.append(String(repeating: "x", count: 101))
        queue.append("short\n")
        reader.open()
        #expect(try await reader.batches.next() == "<2 dropped>\n")
    }

    @Test func aLineThatIsLongerThanTheQueueIsSaidToBeMissing() async throws {
        let reader = Reader()
        reader.open()
        let queue = try Self.queue(reader)
        queue.append(String(repeating: "x", count: 101))
        #expect(try await reader.batches.next() == "<1 dropped>\n")
    }

    @Test func aFlushEndsWhenAllIsWritten() async throws {
        let reader = Reader()
        reader.open()
        let queue = try Self.queue(reader)
        for number in 0..<20 { queue.append("\(number)\n") }
        #expect(queue.flush(within: .seconds(60)))
        var written = ""
        while !written.hasSuffix("19\n") { written += try await reader.batches.next() }
        #expect(written == (0..<20).map { "\($0)\n" }.joined())
        #expect(queue.flush(within: .zero), "there is nothing left to wait for")
    }

    @Test func aFlushDoesNotWaitForABlockedReaderForEver() async throws {
        let reader = Reader()
        let queue = try Self.queue(reader)
        queue.append("first\n")
        _ = try await reader.batches.next()
        #expect(!queue.flush(within: .milliseconds(1)))
        reader.open()
        #expect(queue.flush(within: .seconds(60)))
    }

    /// The audit trail may share the descriptor.
    @Test func whatIsWrittenInOnePieceIsWholeLines() {
        func piece(_ lines: [Int]) -> Int {
            let bytes = lines.flatMap { [UInt8](repeating: 0x78, count: $0 - 1) + [UInt8(ascii: "\n")] }
            return LogQueue.piece(of: bytes[...]).count
        }
        #expect(piece([100, 200]) == 300)
        #expect(piece([4000, 96]) == 4096)
        #expect(piece([4000, 97]) == 4000)
        #expect(piece([5000, 10]) == 5000, "a line that no pipe takes in one piece")
        #expect(piece([4096, 4096]) == 4096)
    }
}
