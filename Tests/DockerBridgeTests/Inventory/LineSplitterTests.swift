import NIOCore
import Testing

@testable import DockerBridge

@Suite struct LineSplitterTests {
    @Test(arguments: 1...12)
    func linesAreTheSameHoweverTheyAreCut(size: Int) {
        let text = "one\n\ntwo\r\nthree\nrest"
        var splitter = LineSplitter()
        var lines: [String] = []
        var bytes = ByteBuffer(string: text)
        while bytes.readableBytes > 0 {
            let piece = bytes.readSlice(length: min(size, bytes.readableBytes))!
            lines += splitter.take(piece).map { String(buffer: $0) }
        }
        #expect(lines == ["one", "two\r", "three"])
    }

    @Test(arguments: [0, 1, 1 << 19, 1 << 20])
    func aLineMayHave1MiBWhereverItIsCut(place: Int) {
        for (excess, count) in [(0, 1), (1, 0)] {
            var bytes = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1024 * 1024 + excess)
            bytes.writeString("\n")
            var splitter = LineSplitter()
            let start = bytes.readSlice(length: place)!
            #expect((splitter.take(start) + splitter.take(bytes)).count == count)
        }
    }

    @Test func aLineThatIsTooLongIsDroppedAndTheNextIsNot() {
        var splitter = LineSplitter()
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: LineSplitter.limit / 2 + 1)
        var lines = splitter.take(piece) + splitter.take(piece) + splitter.take(piece)
        lines += splitter.take(ByteBuffer(string: "end\nnext\n"))
        #expect(lines.map { String(buffer: $0) } == ["next"])
    }
}
