import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ResponseHeadParserTests {
    /// What a head means, in one line.
    private static func meaning(_ text: String) throws -> String? {
        var buffer = ByteBuffer(string: text)
        guard let parsed = try ResponseHeadParser.parse(&buffer) else { return nil }
        var fields: [String] = []
        parsed.head.fields.forEachJoined { name, value in
            fields.append("\(String(decoding: name, as: UTF8.self)): \(String(decoding: value, as: UTF8.self))")
        }
        let upgrade = parsed.head.upgrade.map { " upgrade=\($0)" } ?? ""
        return "\(parsed.head.status) \(parsed.framing) \(parsed.keepsAlive ? "keeps" : "closes")\(upgrade) \(fields)"
            + (buffer.readableBytes > 0 ? " rest=\(String(buffer: buffer))" : "")
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n\r\n", "200 untilClose keeps []"),
        ("HTTP/1.1 204\r\n\r\n", "204 untilClose keeps []"),
        ("HTTP/1.1 200 \r\n\r\nbody", "200 untilClose keeps [] rest=body"),
        ("HTTP/1.0 200 OK\r\n\r\n", "200 untilClose closes []"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\n", #"404 length(7) keeps ["Content-Length: 7"]"#),
        ("HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", #"200 length(0) keeps ["content-length: 0"]"#),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nX: 1\r\n\r\n", #"200 chunked keeps ["X: 1"]"#),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "200 untilClose closes []"),
        ("HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", "200 untilClose closes []"),
        (
            "HTTP/1.1 200 OK\r\nConnection: X-Gone, close\r\nX-Gone: 1\r\nX: 2\r\n\r\n",
            #"200 untilClose closes ["X: 2"]"#
        ),
        (
            "HTTP/1.1 200 OK\r\nX-Gone: 1\r\nConnection: keep-alive\r\nConnection: x-gone\r\n\r\n",
            "200 untilClose keeps []"
        ),
        (
            "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: a\r\n\r\nraw",
            #"101 untilClose keeps upgrade=tcp ["Content-Type: a"] rest=raw"#
        ),
        (
            "HTTP/1.1 200 OK\r\nKeep-Alive: 5\r\nTE: x\r\nTrailer: y\r\nProxy-Connection: z\r\nTest: 1\r\nKind: 2\r\n\r\n",
            #"200 untilClose keeps ["Test: 1", "Kind: 2"]"#
        ),
        ("HTTP/1.1 200 OK\r\nX: \t a b \t\r\nY:\r\n\r\n", #"200 untilClose keeps ["X: a b", "Y: "]"#),
        ("HTTP/1.1 200 OK\r\nX: a:b:c\r\n\r\n", #"200 untilClose keeps ["X: a:b:c"]"#),
    ])
    func aHeadIsRead(text: String, meaning: String) throws {
        #expect(try Self.meaning(text) == meaning)
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1  200\r\n\r\n", "HTTP/1.1 2xx OK\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n", "\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: nameless\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        // Two ends of one body.
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        // Line ends.
        "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\nX: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nX: 1\n\r\n",
        "HTTP/1.1 200 OK\r\nX: 1\r\n\n",
        // Status lines.
        "HTTP/1.1 099 x\r\n\r\n", "HTTP/1.1 600 x\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n",
        // Names that are not tokens.
        "HTTP/1.1 200 OK\r\nX Y: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nX : 1\r\n\r\n", "HTTP/1.1 200 OK\r\nX\0: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX\u{e9}: 1\r\n\r\n", "HTTP/1.1 200 OK\r\n X: 1\r\n\r\n",
    ])
    func whatIsNoHeadIsMalformed(text: String) {
        let error = #expect(throws: BridgeError.self) { try Self.meaning(text) }
        #expect(error?.code == .malformedResponse)
    }

    /// Each of them would reach a client, and with it a terminal or the next reader of its lines.
    @Test(arguments: Array(UInt8.min...0x1f) + [0x7f]) func controlCharactersAreMalformed(byte: UInt8) throws {
        for (start, end) in [("HTTP/1.1 200 O", "K\r\n\r\n"), ("HTTP/1.1 200 OK\r\nX: a", "b\r\n\r\n")] {
            var buffer = ByteBuffer(string: start)
            buffer.writeInteger(byte)
            buffer.writeString(end)
            if byte == UInt8(ascii: "\t") {
                #expect(try ResponseHeadParser.parse(&buffer) != nil)
            } else {
                let error = #expect(throws: BridgeError.self) { try ResponseHeadParser.parse(&buffer) }
                #expect(error?.code == .malformedResponse)
            }
        }
    }

    @Test func aHeadThatComesAtOnceIsNotLongerEither() {
        let line = "X: " + String(repeating: "x", count: 1000) + "\r\n"
        let head = "HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 66) + "\r\n"
        #expect(throws: BridgeError.self) { try Self.meaning(head) }
    }

    @Test func aHeadIsReadOnceItIsCompleteAndNotBefore() throws {
        let text = "HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 2\r\n\r\n"
        for length in 0..<text.utf8.count {
            var buffer = ByteBuffer(bytes: text.utf8.prefix(length))
            let parsed = try ResponseHeadParser.parse(&buffer)
            #expect(parsed == nil, "\(length) bytes")
            #expect(buffer.readableBytes == length, "nothing is consumed early")
        }
        #expect(try Self.meaning(text) != nil)
    }

    @Test func aHeadHasAtMost64KiB() throws {
        let start = "HTTP/1.1 200 OK\r\nX: "
        let filler = String(repeating: "x", count: ResponseHeadParser.maximumHeadBytes - start.utf8.count - 1)
        #expect(try Self.meaning(start + filler) == nil)
        #expect(throws: BridgeError.self) { try Self.meaning(start + filler + "x") }
    }

    @Test func aHeadHasAtMost256Fields() throws {
        let lines = { (count: Int) in "HTTP/1.1 200 OK\r\n" + String(repeating: "X: 1\r\n", count: count) + "\r\n" }
        #expect(try Self.meaning(lines(ResponseHeadParser.maximumFields)) != nil)
        #expect(throws: BridgeError.self) { try Self.meaning(lines(ResponseHeadParser.maximumFields + 1)) }
    }
}
