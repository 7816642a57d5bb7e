import Base
import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct PlainResponseTests {
    private static let head = #"{"type":"response","data":{"requestId":"r","statusCode":200,"headers":{}"#

    private static func response(
        _ lines: String...,
        id: String = "r",
        limit: Int = PlainResponse.maximumFrameBytes,
        takesBase64Bodies: Bool = false
    ) throws -> PlainResponse {
        var text = "HTTP/1.1 200 OK\r\n"
        for line in lines { text += line + "\r\n" }
        var buffer = ByteBuffer(string: text + "\r\n")
        guard let parsed = try ResponseHeadParser.parse(&buffer) else { throw ResponseHead.IncompleteHead() }
        return PlainResponse(
            id: id,
            head: parsed.head,
            limit: limit,
            takesBase64Bodies: takesBase64Bodies,
            allocator: testAllocator
        )
    }

    /// The frame for a body that comes in one piece, or the reason why there is none.
    private static func outcome(
        _ body: ByteBuffer,
        limit: Int = PlainResponse.maximumFrameBytes,
        takesBase64Bodies: Bool = false
    ) throws -> String {
        var response = try Self.response(limit: limit, takesBase64Bodies: takesBase64Bodies)
        guard response.append(body) else { return response.tooLarge }
        return Self.text(response.finished())
    }

    private static func text(_ outcome: consuming PlainResponse.Outcome) -> String {
        switch outcome {
        case .frame(let frame): return frame.text
        case .unrepresentable(let reason): return reason
        }
    }

    @Test func anEmptyBodyIsAbsent() throws {
        let response = try Self.response()
        let text = Self.text(response.finished())
        #expect(text == Self.head + "}}")
        #expect(try Self.outcome(ByteBuffer()) == Self.head + "}}")
    }

    @Test(arguments: [
        "{}", "[]", #"{"a":18446744073709551615,"b":1.0,"a":2}"#, " \n[1,\t2 ]\r\n", #"[{"x":"é\u00e9<>&"}]"#,
        "[1e400,-0]",
    ])
    func anObjectOrArrayIsSplicedAsItStands(body: String) throws {
        #expect(try Self.outcome(ByteBuffer(string: body)) == Self.head + #","body":"# + body + "}}")
    }

    @Test(arguments: [
        (#""text""#, #""\"text\"""#), ("18446744073709551615", #""18446744073709551615""#), ("1.0", #""1.0""#),
        ("true", #""true""#), ("null", #""null""#), (" 7\n", #"" 7\n""#),
    ])
    func aTopLevelScalarBecomesAStringOfItsText(body: String, json: String) throws {
        #expect(try Self.outcome(ByteBuffer(string: body)) == Self.head + #","body":"# + json + "}}")
    }

    @Test(arguments: [
        ("OK", #""OK""#), ("{\"a\":1}\n{\"a\":2}\n", #""{\"a\":1}\n{\"a\":2}\n""#), ("{\"a\":", #""{\"a\":""#),
        ("[1,]", #""[1,]""#), ("é\u{1}\t\\", #""é\u0001\t\\""#), (" ", #"" ""#),
    ])
    func otherTextBecomesAString(body: String, json: String) throws {
        #expect(try Self.outcome(ByteBuffer(string: body)) == Self.head + #","body":"# + json + "}}")
    }

    @Test(
        arguments: [[0xff, 0xfe], [0x7b, 0x22, 0xff, 0x22, 0x7d], [0x1f, 0x8b, 8, 0], [0xed, 0xa0, 0x80]] as [[UInt8]]
    )
    func aBinaryBodyHasNoForm(bytes: [UInt8]) throws {
        #expect(
            try Self.outcome(ByteBuffer(bytes: bytes))
                == "response body is binary, which this connection cannot represent"
        )
    }

    @Test(
        arguments: [
            ([0xff], "/w=="), ([0xff, 0xfe], "//4="), ([0xff, 0xfe, 0xfd], "//79"), ([0x1f, 0x8b, 8, 0], "H4sIAA=="),
            ([0x7b, 0x22, 0xff, 0x22, 0x7d], "eyL/In0="),
        ] as [([UInt8], String)]
    )
    func aBinaryBodyIsBase64WhereTheControllerReadsThat(bytes: [UInt8], text: String) throws {
        #expect(
            try Self.outcome(ByteBuffer(bytes: bytes), takesBase64Bodies: true)
                == Self.head + #","bodyBase64":"\#(text)"}}"#
        )
    }

    @Test(arguments: [
        ("", ""), ("{}", #","body":{}"#), ("[1.0]", #","body":[1.0]"#), ("1.0", #","body":"1.0""#),
        ("é", #","body":"é""#),
    ])
    func jsonAndTextStayAsTheyAreWhereTheControllerReadsBase64(body: String, member: String) throws {
        #expect(try Self.outcome(ByteBuffer(string: body), takesBase64Bodies: true) == Self.head + member + "}}")
    }

    @Test func textWhoseEscapesDoNotFitIsBase64WhereTheControllerReadsThat() throws {
        // The empty space of a tar is text, and six times as long in a string.
        let bytes = PlainResponse.maximumFrameBytes / 3
        let text = try Self.outcome(ByteBuffer(repeating: 0, count: bytes), takesBase64Bodies: true)
        #expect(text.hasPrefix(Self.head + #","bodyBase64":"AAAA"#))
        #expect(text.utf8.count == Self.head.utf8.count + 18 + Base64.encodedLength(bytes))
    }

    @Test(arguments: [PlainResponse.maximumFrameBytes, 100_000])
    func theLargestEncodedBodyFitsAndOneByteMoreIsRefusedAndTheLimitNamed(limit: Int) throws {
        let room = (limit - Self.head.utf8.count - #","bodyBase64":""}}"#.utf8.count) / 4 * 3
        let bytes = (0..<room).map { UInt8(truncatingIfNeeded: $0) | 0x80 }
        let largest = try Self.outcome(ByteBuffer(bytes: bytes), limit: limit, takesBase64Bodies: true)
        // Compared before it is expected: a failure would print 16 MiB.
        let isWhole = largest == Self.head + #","bodyBase64":"\#(encoded(bytes))"}}"#
        #expect(isWhole)
        #expect(largest.utf8.count > limit - 4 && largest.utf8.count <= limit)
        let reason = try Self.outcome(ByteBuffer(bytes: bytes + [0xff]), limit: limit, takesBase64Bodies: true)
        #expect(reason.contains("larger than \(room) bytes"), "\(reason)")
    }

    @Test func anEncodedBodyNeedsNoSecondBuffer() throws {
        var response = try Self.response(takesBase64Bodies: true)
        let fits = response.append(ByteBuffer(repeating: 0xff, count: 12_000_000))
        #expect(fits)
        guard case .frame(let frame) = response.finished() else {
            Issue.record("no frame")
            return
        }
        // The body was gathered in a buffer of 16 MiB, and that is where its text stands.
        let capacity = frame.buffer.storageCapacity
        #expect(capacity == 16 << 20)
    }

    @Test func aBodyMayComeInPiecesOfAnySize() throws {
        let body = #"{"name":"é🚀","list":[1,2,3]}"#
        var response = try Self.response()
        for byte in body.utf8 {
            let fits = response.append(ByteBuffer(bytes: [byte]))
            #expect(fits)
        }
        let text = Self.text(response.finished())
        #expect(text == Self.head + #","body":"# + body + "}}")
    }

    @Test func theLargestFrameIsFilledToTheLastByte() throws {
        #expect(PlainResponse.maximumFrameBytes == 16_777_216 - 65_536)
        let room = PlainResponse.maximumFrameBytes - Self.head.utf8.count - #","body":}}"#.utf8.count
        var body = ByteBuffer(repeating: UInt8(ascii: " "), count: room - 2)
        body.writeString("{}")
        var response = try Self.response()
        let fits = response.append(body)
        #expect(fits)
        guard case .frame(let frame) = response.finished() else {
            Issue.record("no frame")
            return
        }
        let size = frame.count
        #expect(size == PlainResponse.maximumFrameBytes)
    }

    @Test func oneByteMoreIsRefusedAndTheLimitNamed() throws {
        let room = PlainResponse.maximumFrameBytes - Self.head.utf8.count - #","body":}}"#.utf8.count
        var response = try Self.response()
        let fits = response.append(ByteBuffer(repeating: UInt8(ascii: " "), count: room))
        let fitsToo = response.append(ByteBuffer(string: "x"))
        #expect(fits && !fitsToo)
        let limit = PlainResponse.maximumFrameBytes - Self.head.utf8.count
        let reason = response.tooLarge
        #expect(reason == "response body does not fit a frame: it is larger than \(limit) bytes")
    }

    @Test func textThatGrowsTooLargeByItsEscapesIsRefused() throws {
        let text = try Self.outcome(
            ByteBuffer(repeating: UInt8(ascii: "\n"), count: PlainResponse.maximumFrameBytes / 2)
        )
        #expect(text.hasPrefix("response body does not fit a frame"))
    }

    @Test func theLengthOfAnEscapedTextIsKnownBeforeItIsWritten() {
        let text = ByteBuffer(bytes: (0..<0x80).map { UInt8($0) } + Array("é€🙂".utf8))
        var written = ByteBuffer()
        text.withUnsafeReadableBytes { written.writeJSONString($0) }
        #expect(text.withUnsafeReadableBytes { JSONText.escapedByteCount($0) } == written.readableBytes - 2)
    }

    @Test func headersTravelAlongAndTheContentTypeTwice() throws {
        var response = try Self.response(
            "Content-Type: application/json",
            "Content-Length: 2",
            "Api-Version: 1.47",
            id: "a\"b"
        )
        let fits = response.append(ByteBuffer(string: "{}"))
        #expect(fits)
        let text = Self.text(response.finished())
        #expect(
            text
                == #"{"type":"response","data":{"requestId":"a\"b","statusCode":200,"headers":"#
                + #"{"Content-Type":"application/json","Api-Version":"1.47"},"contentType":"application/json","body":{}}}"#
        )
    }
}
