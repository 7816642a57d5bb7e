import DockerBridge
import Foundation
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

/// A request's body goes in as frames and comes out at the engine, over real connections.
@Suite(.timeLimit(.minutes(1))) struct UploadsOnTheWireTests {
    private static func error(_ message: String) -> String {
        #"{"type":"error","data":{"message":"\#(message)","requestId":"r"}}"#
    }

    private static let echo: FakeEngine.Answer = { request, peer in
        peer.respond(200, #"{"bytes":\#(request.body.utf8.count)}"#)
    }

    private static func answer(_ bytes: Int) -> String {
        #"{"type":"response","data":{"requestId":"r","statusCode":200,"headers":{},"body":{"bytes":\#(bytes)}}}"#
    }

    private static func begin(_ bench: WireBench, _ path: String = "/images/load") {
        bench.request(
            "r",
            path,
            method: "POST",
            #","headers":{"content-type":"application/x-tar","x-other":"n"},"bodyStream":true"#
        )
    }

    private static func piece(_ bench: WireBench, _ base64: String) {
        bench.send(#"{"type":"stream","data":{"requestId":"r","data":"\#(base64)"}}"#)
    }

    private static func end(_ bench: WireBench, _ reason: String = "complete") {
        bench.send(#"{"type":"stream_end","data":{"requestId":"r","reason":"\#(reason)"}}"#)
    }

    @Test func aBodyComesOutAsItWentInWithItsType() async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            for piece in ["aGVsbG8=", "", "IHRoZXJl"] { Self.piece(bench, piece) }
            Self.end(bench)
            try await bench.says(Self.answer(11))
            let request = try #require(bench.engine.requests.first)
            #expect(request.body == "hello there")
            #expect(request.target == "/v1.44/images/load")
            #expect(request.lines.contains("Transfer-Encoding: chunked"))
            #expect(request.lines.contains { $0.lowercased() == "content-type: application/x-tar" })
            #expect(!request.lines.contains { $0.lowercased().hasPrefix("x-other") })
        }
    }

    @Test func aBodyOfNothingIsOne() async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            Self.end(bench)
            try await bench.says(Self.answer(0))
        }
    }

    @Test func aBodyLargerThanAllQueuesArrivesComplete() async throws {
        let piece = Data(repeating: UInt8(ascii: "x"), count: 512 << 10).base64EncodedString()
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            for _ in 0..<5 { Self.piece(bench, piece) }
            Self.end(bench)
            try await bench.says(Self.answer(5 << 19))
            #expect(try await bench.onLoop { $1.memory.used } == 0)
        }
    }

    @Test func otherRequestsAreServedWhileABodyComes() async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            Self.piece(bench, "aGVsbG8=")
            bench.request("other", "/version")
            try await bench.says(containing: #""requestId":"other""#)
            try await bench.isAnswered()
            Self.end(bench)
            try await bench.says(Self.answer(5))
        }
    }

    @Test func aPieceThatIsNotBase64EndsTheRequestAndNothingElse() async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            Self.piece(bench, "aGVsbG8=")
            Self.piece(bench, "a*")
            try await bench.says(Self.error("stream whose data is not base64"))
            // The rest of it is dropped, whatever it is.
            for piece in ["aGVsbG8=", "a*"] { Self.piece(bench, piece) }
            Self.end(bench)
            try await bench.isAnswered()
            #expect(bench.engine.requests.isEmpty)
        }
    }

    @Test(arguments: [
        #"{"type":"stream_end","data":{"requestId":"r","reason":"canceled"}}"#,
        #"{"type":"stream_end","data":{"requestId":"r","reason":"timeout"}}"#,
        #"{"type":"error","data":{"requestId":"r","message":"the client left"}}"#,
    ])
    func aBodyThatIsCancelledNeverReachesTheEngineAsAWholeOne(frame: String) async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            Self.piece(bench, "aGVsbG8=")
            bench.send(frame)
            Self.end(bench)
            try await bench.isAnswered()
            bench.request("other", "/version")
            try await bench.says(containing: #""requestId":"other""#)
            #expect(bench.engine.requests.map(\.target) == ["/v1.44/version"])
            #expect(try await bench.onLoop { $1.memory.used } == 0)
        }
    }

    @Test func framesOfUnknownBodiesAreIgnored() async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.piece(bench, "aGVsbG8=")
            Self.piece(bench, "a*")
            Self.end(bench)
            try await bench.isAnswered()
        }
    }

    @Test func aBodyOverItsLimitIsAnErrorThatNamesIt() async throws {
        var settings = WireBench.Settings()
        settings.limits.uploads.body = 1 << 20
        let piece = Data(repeating: 0, count: 512 << 10).base64EncodedString()
        try await WireBench.run(settings, answer: Self.echo) { bench in
            Self.begin(bench)
            for _ in 0..<3 { Self.piece(bench, piece) }
            Self.end(bench)
            try await bench.says(Self.error("request body larger than 1 MiB"))
            try await bench.isAnswered()
        }
    }

    @Test func aSkippedPieceEndsTheRequest() async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            bench.send(
                #"{"type":"stream","data":{"requestId":"r","data":"\#(String(repeating: "A", count: 17 << 20))"}}"#
            )
            try await bench.says(containing: "is larger than the 16777216 that are accepted")
            Self.end(bench)
            try await bench.isAnswered()
            #expect(bench.engine.requests.isEmpty)
        }
    }

    /// Controllers that sort their keys write the data before the id; others write no frame at all.
    @Test(arguments: [
        #"{"data":{"data":"\#(String(repeating: "A", count: 17 << 20))","requestId":"r"},"type":"stream"}"#,
        #"{"type":"stream","data":{"data":"aGVsbG8="}}"#, #"{"type":"stream","data":"aGVsbG8="}"#,
        #"{"type":"stream","data":{"requestId":"r","data":"aGVsbG8="}"#,
        #"{"data":{"requestId":"r","data":"aGVsbG8="}}"#,
    ])
    func aLostFrameThatNamesNoRequestEndsTheBodiesUnderWay(frame: String) async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            Self.piece(bench, "aGVsbG8=")
            bench.send(frame)
            try await bench.says(containing: #"{"message":"a frame that names no request is lost: "#)
            Self.end(bench)
            try await bench.isAnswered()
            #expect(bench.engine.requests.isEmpty)
        }
    }

    @Test func aLostFrameOfAnotherTypeEndsNoBody() async throws {
        try await WireBench.run(answer: Self.echo) { bench in
            Self.begin(bench)
            Self.piece(bench, "aGVsbG8=")
            bench.send(
                #"{"type":"exec_input","data":{"data":"\#(String(repeating: "A", count: 17 << 20))","execId":"e"}}"#
            )
            bench.send(#"{"type":"ping","data":{"timestamp":}}"#)
            Self.end(bench)
            try await bench.says(Self.answer(5))
        }
    }

    /// More than the kernel's buffers and the queue have room for.
    private static func sendMuch(_ bench: WireBench) {
        let piece = Data(repeating: 0, count: 256 << 10).base64EncodedString()
        for _ in 0..<16 { Self.piece(bench, piece) }
    }

    @Test func anEngineThatDoesNotReadCostsItsRequestAndTheTunnelReadsOn() async throws {
        var settings = WireBench.Settings()
        settings.engineReads = false
        settings.limits.uploads.patience = .milliseconds(1)
        try await WireBench.run(settings, answer: Self.echo) { bench in
            Self.begin(bench)
            Self.sendMuch(bench)
            let reason = "the engine takes less than 256 KiB/s of the request body, which holds up the tunnel"
            try await bench.says(Self.error(reason))
            Self.end(bench)
            try await bench.isAnswered()
            #expect(try await bench.onLoop { $1.memory.used } == 0)
        }
    }

    @Test func whileTheEngineIsWaitedForAFullQueueAndAFrameAreHeld() async throws {
        var settings = WireBench.Settings()
        settings.engineReads = false
        settings.limits.uploads.patience = .hours(1)
        settings.limits.uploads.idle = .hours(1)
        try await WireBench.run(settings, answer: Self.echo) { bench in
            Self.begin(bench)
            Self.sendMuch(bench)
            try await value { try await bench.onLoop { tunnel, _ in tunnel.isReadingPaused } ? () : nil }
            let used = try await bench.onLoop { $1.memory.used }
            #expect((1 << 20..<(1 << 20) + 2 * (256 << 10)).contains(used))
        }
    }
}
