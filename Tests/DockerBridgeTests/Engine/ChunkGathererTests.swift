import HTTPWire
import NIOCore
import Support
import Testing

@testable import DockerBridge

@Suite struct ChunkGathererTests {
    private static func chunk(_ payload: String) -> String {
        "\(String(payload.utf8.count, radix: 16))\r\n\(payload)\r\n"
    }

    @Test func joinsARunOfSmallChunks() {
        var wire = ByteBuffer(string: Self.chunk("one\n") + Self.chunk("two\n") + Self.chunk("three\n"))
        let gathered = ChunkGatherer.gather(&wire)
        #expect(gathered.map { String(buffer: $0) } == "one\ntwo\nthree\n")
        #expect(wire.readableBytes == 0)
    }

    @Test(arguments: [
        ("a single chunk", "3\r\none\r\n"),
        ("a cut second chunk", "3\r\none\r\n3\r\ntw"),
        ("the last chunk", "3\r\none\r\n0\r\n\r\n"),
        ("an extension", "3;x=1\r\none\r\n3\r\ntwo\r\n"),
        ("a missing line end", "3\r\noneXX3\r\ntwo\r\n"),
        ("no digits", "\r\none\r\n3\r\ntwo\r\n"),
        ("nothing", ""),
    ])
    func leavesAlone(_ what: String, _ text: String) {
        var wire = ByteBuffer(string: text)
        #expect(ChunkGatherer.gather(&wire) == nil, "\(what)")
        #expect(String(buffer: wire) == text)
    }

    @Test func stopsBeforeWhatItDoesNotHandle() {
        let large = Self.chunk(String(repeating: "x", count: ChunkRun.largeChunkBytes))
        var wire = ByteBuffer(string: Self.chunk("a") + Self.chunk("b") + large)
        #expect(ChunkGatherer.gather(&wire).map { String(buffer: $0) } == "ab")
        #expect(String(buffer: wire) == large)
    }

    @Test func takesLongRunsInSeveralGoesWithoutLosingAByte() {
        let payload = String(repeating: "line of a log\n", count: 8)
        let count = 2000
        var wire = ByteBuffer(string: String(repeating: Self.chunk(payload), count: count))
        var total = 0
        while let gathered = ChunkGatherer.gather(&wire) { total += gathered.readableBytes }
        #expect(total >= (count - 1) * payload.utf8.count)
        #expect(total + wire.readableBytes >= count * payload.utf8.count)
    }
}
