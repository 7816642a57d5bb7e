import Testing

@testable import HTTPWire

@Suite struct BodyDecoderTests {
    /// The body found in `pieces`, and how it ended.
    private static func read(_ pieces: [ArraySlice<UInt8>], _ end: BodyEnd, allowsBlanks: Bool = false) -> String {
        var decoder = BodyDecoder(end, allowsBlanks: allowsBlanks)
        var held: [UInt8] = []
        var text = ""
        for piece in pieces {
            held += piece
            reading: while true {
                switch held.withUnsafeBytes({ decoder.next($0) }) {
                case .body(let count):
                    text += String(decoding: held.prefix(count), as: UTF8.self)
                    held.removeFirst(count)
                case .framing(let count): held.removeFirst(count)
                case .more: break reading
                case .end: return "\(text)| end, \(held.count) behind"
                case .fault(let fault): return "\(fault)"
                }
            }
        }
        return text + (decoder.endsWithConnection ? "| until close" : "| waits")
    }

    private static let bodies: [(text: String, end: BodyEnd, meaning: String)] = [
        ("hello", .length(5), "hello| end, 0 behind"), ("", .length(0), "| end, 0 behind"),
        ("hel", .length(5), "hel| waits"), ("all of it", .untilClose, "all of it| until close"),
        ("5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n", .chunked, "hello!| end, 0 behind"),
        ("0003\r\nabc\r\nA\r\n0123456789\r\n0;last\r\nX: 1\r\nY: 2\r\n\r\n", .chunked, "abc0123456789| end, 0 behind"),
        ("5\r\nhel", .chunked, "hel| waits"), ("0\r\nX: 1\r\n", .chunked, "| waits"),
    ]

    @Test(arguments: bodies.indices) func aBodyIsReadHoweverItIsCut(index: Int) {
        let (text, end, meaning) = Self.bodies[index]
        let bytes = Array(text.utf8)
        for place in 0...bytes.count {
            #expect(Self.read([bytes[..<place], bytes[place...]], end) == meaning, "cut at \(place)")
        }
        #expect(Self.read([[]] + bytes.indices.map { bytes[$0...$0] }, end) == meaning)
    }

    @Test func whatFollowsTheBodyIsNotTouched() {
        #expect(Self.read([Array("0\r\n\r\nGET /".utf8)[...]], .chunked) == "| end, 5 behind")
        #expect(Self.read([Array("abGET /".utf8)[...]], .length(2)) == "ab| end, 5 behind")
    }

    @Test(arguments: [
        "xyz\r\n", "-1\r\n", "\r\n", "5\nhello\r\n", "5\r\nhello!\r\n", "2\r\nhi\n\n", "ffffffffffffffff\r\n",
        "0x1\r\n",
        "5\rX;\r\nhello\r\n", "1 ;a\r\nb\r\n", "1 \r\nb\r\n", "1;a\u{1}\r\nb\r\n", "1;a\rb\r\nc\r\n", "0\r\nX: 1\n\r\n",
        "0\r\n\n", "2;" + String(repeating: "x", count: 5000),
    ])
    func malformedChunksAreRefusedInOnePieceAndByteByByte(text: String) {
        let bytes = Array(text.utf8)
        #expect(Self.read([bytes[...]], .chunked) == "chunk")
        #expect(Self.read(bytes.indices.map { bytes[$0...$0] }, .chunked) == "chunk")
    }

    @Test func blanksBeforeAnExtensionAreAllowedOnRequest() {
        let bytes = Array("1 \t; c=\"d\"\r\n!\r\n2 \r\nab\r\n0\r\n\r\n".utf8)
        #expect(Self.read([bytes[...]], .chunked, allowsBlanks: true) == "!ab| end, 0 behind")
        #expect(Self.read(bytes.indices.map { bytes[$0...$0] }, .chunked, allowsBlanks: true) == "!ab| end, 0 behind")
    }

    /// The longest line that fits and the shortest that does not, whether they come at once or byte by byte.
    @Test(arguments: [(4095, "a| end, 0 behind"), (4096, "chunk")])
    func aSizeLineHasABound(bytesWithoutFeed: Int, meaning: String) {
        let line = "1;" + String(repeating: "x", count: bytesWithoutFeed - 3) + "\r\n"
        let bytes = Array((line + "a\r\n0\r\n\r\n").utf8)
        #expect(Self.read([bytes[...]], .chunked) == meaning)
        #expect(Self.read(bytes.indices.map { bytes[$0...$0] }, .chunked) == meaning)
    }

    @Test(arguments: [(8191, "| end, 0 behind"), (8192, "trailersTooLarge")])
    func trailersHaveABound(bytes count: Int, meaning: String) {
        let trailers = String(repeating: "x", count: count - 2) + "\r\n"
        let bytes = Array(("0\r\n" + trailers + "\r\n").utf8)
        #expect(Self.read([bytes[...]], .chunked) == meaning)
        #expect(Self.read(bytes.indices.map { bytes[$0...$0] }, .chunked) == meaning)
    }
}
