import DockerBridge
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

/// Every form in which a controller may send a message, good and bad, over a real connection.
@Suite(.timeLimit(.minutes(1))) struct MessagesOnTheWireTests {
    private static let ping = #"{"type":"ping","data":{"timestamp":7}}"#
    private static let pong = #"{"type":"pong","data":{"timestamp":7}}"#

    private static func run(_ body: (WireBench) async throws -> Void) async throws {
        try await WireBench.run(answer: { _, peer in peer.respond(200, "{}") }, body)
    }

    private static func expectALivingLink(_ bench: WireBench) async throws {
        bench.send(Self.ping)
        try await bench.says(Self.pong)
    }

    @Test func aMessageMayComeInFragmentsWithPingsBetweenThem() async throws {
        try await Self.run { bench in
            let text = Array(Self.ping.utf8)
            bench.send(frame: 0x01, ByteBuffer(bytes: text[..<5]))
            bench.send(frame: 0x89, ByteBuffer(string: "one"))
            bench.send(frame: 0x00, ByteBuffer(bytes: text[5..<20]))
            bench.send(frame: 0x89, ByteBuffer(string: "two"))
            bench.send(frame: 0x80, ByteBuffer(bytes: text[20...]))
            for expected in ["one", "two"] {
                let frame = try await bench.frames.next()
                #expect(frame.opcode == 0x0a)
                #expect(frame.text == expected)
            }
            try await bench.says(Self.pong)
        }
    }

    @Test func aMessageMayComeByteByByte() async throws {
        try await Self.run { bench in
            let text = Array(Self.ping.utf8)
            for index in text.indices {
                let start: UInt8 = (index == 0 ? 0x01 : 0x00) | (index == text.count - 1 ? 0x80 : 0x00)
                bench.send(frame: start, ByteBuffer(bytes: [text[index]]))
            }
            try await bench.says(Self.pong)
        }
    }

    @Test func aMessageMayComeInABinaryFrame() async throws {
        try await Self.run { bench in
            bench.send(frame: 0x82, ByteBuffer(string: Self.ping))
            try await bench.says(Self.pong)
        }
    }

    @Test func aMessageAboveTheLimitIsSkippedAndItsRequestAnswered() async throws {
        try await Self.run { bench in
            var payload = ByteBuffer(string: #"{"type":"request","data":{"requestId":"big","method":"POST","body":""#)
            payload.writeRepeatingByte(UInt8(ascii: "x"), count: WebSocketReader.Limits.live.messageBytes)
            bench.send(frame: 0x81, payload)
            try await bench.says(
                #"{"type":"error","data":{"message":"frame of 16777284 bytes is larger than the 16777216 that are "#
                    + #"accepted","requestId":"big"}}"#
            )
            try await Self.expectALivingLink(bench)
            #expect(bench.engine.requests.isEmpty)
        }
    }

    @Test func anInputAboveTheLimitEndsItsSession() async throws {
        try await Self.run { bench in
            var payload = ByteBuffer(string: #"{"type":"exec_input","data":{"execId":"e","data":""#)
            payload.writeRepeatingByte(UInt8(ascii: "x"), count: WebSocketReader.Limits.live.messageBytes)
            bench.send(frame: 0x81, payload)
            try await bench.says(containing: #""type":"exec_end","data":{"execId":"e","reason":"error: frame of "#)
            try await Self.expectALivingLink(bench)
        }
    }

    @Test(arguments: [
        (#"{"type":"request","data":{"requestId":"r","path":"/x"}}"#, "request needs a method and a path"),
        (#"{"type":"request","data":{"requestId":"r","method":7,"path":"/x"}}"#, "request needs a method and a path"),
    ])
    func aMalformedRequestIsAnsweredForItsID(text: String, reason: String) async throws {
        try await Self.run { bench in
            bench.send(text)
            try await bench.says(#"{"type":"error","data":{"message":"\#(reason)","requestId":"r"}}"#)
            try await Self.expectALivingLink(bench)
        }
    }

    @Test(arguments: [
        "", "nonsense", "[]", "{}", #"{"type":"request"}"#, #"{"type":"request","data":null}"#,
        #"{"type":"request","data":{"method":"GET","path":"/x"}}"#, #"{"type":"dd:later","data":{}}"#,
        #"{"type":"ping","data":{}"#, "\u{0}",
    ])
    func whatCannotBeAnsweredIsPassedOver(text: String) async throws {
        try await Self.run { bench in
            bench.send(text)
            try await Self.expectALivingLink(bench)
        }
    }

    @Test func textThatIsNotUTF8IsPassedOver() async throws {
        try await Self.run { bench in
            bench.send(frame: 0x81, ByteBuffer(bytes: Array(#"{"type":"ping","data":{"timestamp":""#.utf8) + [0xff]))
            try await Self.expectALivingLink(bench)
        }
    }

    @Test func ofANameThatComesTwiceTheLastOneCounts() async throws {
        try await Self.run { bench in
            bench.send(#"{"type":"pong","data":{"timestamp":1},"type":"ping","data":{"timestamp":1,"timestamp":2}}"#)
            try await bench.says(#"{"type":"pong","data":{"timestamp":2}}"#)
            bench.request("a", "/a", #","path":"/b","requestId":"b""#)
            try await bench.says(containing: #""requestId":"b""#)
            #expect(bench.engine.requests[0].target == "/v1.44/b")
        }
    }

    @Test(
        arguments: [
            (1001, 1001), (1000, 1000), (3000, 3000), (4999, 4999), (1014, 1014), (999, 1002), (1004, 1002),
            (1005, 1002),
            (1006, 1002), (1015, 1002), (2999, 1002), (5000, 1002), (0, 1002),
        ] as [(UInt16, UInt16)]
    )
    func aCloseCodeIsEchoedWhereItMayBeSent(code: UInt16, answer: UInt16) async throws {
        try await Self.run { bench in
            var payload = ByteBuffer()
            payload.writeInteger(code)
            bench.send(frame: 0x88, payload)
            var frame = try await bench.frames.next()
            #expect(frame.opcode == 0x08)
            #expect(frame.payload.readInteger(as: UInt16.self) == answer)
        }
    }

    @Test func aCloseFrameWithoutACodeIsAnsweredAsANormalOne() async throws {
        try await Self.run { bench in
            bench.send(frame: 0x88, ByteBuffer())
            var frame = try await bench.frames.next()
            #expect(frame.payload.readInteger(as: UInt16.self) == 1000)
        }
    }
}
