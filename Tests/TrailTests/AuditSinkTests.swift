import Auth
import Foundation
import Testing

@testable import Trail

@Suite(.timeLimit(.minutes(1))) struct AuditSinkTests {
    /// A terminal takes a part of a long line and no more until somebody reads; what it took cannot be taken back.
    @Test func afterALineThatWasCutOffTheNextBeginsOnALineOfItsOwn() throws {
        let terminal = try Terminal()
        var sink = try AuditSink(.file(terminal.path))
        let isCut = sink.write([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)) != nil
        try #require(isCut)
        #expect(terminal.readAll().count < 1 << 20)
        #expect(sink.write(Array("next".utf8)) == nil)
        #expect(sink.write(Array("more".utf8)) == nil)
        #expect(String(decoding: terminal.readAll(), as: UTF8.self) == "\nnext\nmore\n!")
    }

    /// A pseudo-terminal that passes bytes on as they are.
    private final class Terminal {
        let path: String
        private let ours: Int32
        /// Kept open, so that the bytes stay until they are read.
        private let theirs: Int32

        init() throws {
            var (ours, theirs): (Int32, Int32) = (-1, -1)
            var name = [CChar](repeating: 0, count: 64)
            try #require(openpty(&ours, &theirs, &name, nil, nil) == 0)
            (self.ours, self.theirs) = (ours, theirs)
            self.path = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            var mode = termios()
            try #require(tcgetattr(theirs, &mode) == 0)
            cfmakeraw(&mode)
            try #require(tcsetattr(theirs, TCSANOW, &mode) == 0)
            try #require(fcntl(theirs, F_SETFL, O_NONBLOCK) == 0)
        }

        /// What was written so far, and a mark of ours behind it: how much there is, nobody can ask.
        func readAll() -> [UInt8] {
            var heard: [UInt8] = []
            while write(self.theirs, "!", 1) != 1 { heard += self.read() }
            while heard.last != UInt8(ascii: "!") { heard += self.read() }
            return heard
        }

        /// Waits for some.
        private func read() -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = max(0, Foundation.read(self.ours, buffer.baseAddress!, buffer.count))
            }
        }

        deinit {
            close(self.theirs)
            close(self.ours)
        }
    }
}
