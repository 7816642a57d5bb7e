import NIOCore
import Support
import Testing

@testable import DockerBridge

@Suite struct LogTextTests {
    private final class Texts {
        var all: [(String, StdStream)] = []

        func take(_ bytes: ByteBuffer, _ stream: StdStream) {
            self.all.append((String(buffer: bytes), stream))
        }

        func joined(_ stream: StdStream) -> String { self.all.filter { $0.1 == stream }.map(\.0).joined() }
    }

    @Test(arguments: 1...9)
    func noPieceCutsACharacter(size: Int) {
        let original = "aé€🚀 \u{FFFD}\u{10FFFF}z"
        var text = LogText()
        let texts = Texts()
        var bytes = ByteBuffer(string: original)
        while bytes.readableBytes > 0 {
            text.append(bytes.readSlice(length: min(size, bytes.readableBytes))!, .stdout, emit: texts.take)
            text.flush(texts.take)
        }
        text.finish(texts.take)
        #expect(texts.joined(.stdout) == original)
    }

    @Test func eachOutputKeepsItsOwnHalfCharacter() {
        var text = LogText()
        let texts = Texts()
        let (e, euro) = (Array("é".utf8), Array("€".utf8))
        text.append(ByteBuffer(bytes: e[..<1]), .stdout, emit: texts.take)
        text.append(ByteBuffer(bytes: euro[..<2]), .stderr, emit: texts.take)
        text.append(ByteBuffer(bytes: e[1...]), .stdout, emit: texts.take)
        text.append(ByteBuffer(bytes: euro[2...]), .stderr, emit: texts.take)
        text.finish(texts.take)
        #expect(texts.joined(.stdout) == "é")
        #expect(texts.joined(.stderr) == "€")
    }

    @Test func longTextIsCutIntoPieces() {
        var text = LogText()
        let texts = Texts()
        text.append(ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000), .stderr, emit: texts.take)
        #expect(texts.all.map(\.0.utf8.count) == [32768, 32768, 32768])
        text.finish(texts.take)
        #expect(texts.joined(.stderr).utf8.count == 100_000)
    }

    /// A piece that is full up to the beginning of a character must still go on.
    @Test func aCharacterAcrossTheLimitIsKeptWhole() {
        var text = LogText()
        let texts = Texts()
        let original = String(repeating: "x", count: LogText.pieceBytes - 1) + "🚀end"
        text.append(ByteBuffer(string: original), .stdout, emit: texts.take)
        text.finish(texts.take)
        #expect(texts.joined(.stdout) == original)
    }

    @Test func whatIsNoTextIsGivenOutInTheEnd() {
        var text = LogText()
        var count = 0
        text.append(ByteBuffer(bytes: [0xFF, 0xE2, 0x82]), .stdout) { bytes, _ in count += bytes.readableBytes }
        text.finish { bytes, _ in count += bytes.readableBytes }
        #expect(count == 3)
    }

    @Test func theRestIsGivenOutOnce() {
        var text = LogText()
        var count = 0
        text.append(ByteBuffer(string: "rest"), .stdout) { _, _ in Issue.record("given out early") }
        for _ in 0..<2 { text.finish { bytes, _ in count += bytes.readableBytes } }
        #expect(count == 4)
    }
}
