import DockerBridge
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

/// A request goes in as a frame and comes out as frames, over real connections: one test for every row of the
/// protocol's tables.
@Suite(.timeLimit(.minutes(1))) struct RequestsOnTheWireTests {
    /// The text of a `response` up to its body.
    private static func head(_ id: String = "r", headers: String = "") -> String {
        #"{"type":"response","data":{"requestId":"\#(id)","statusCode":200,"headers":{\#(headers)}"#
    }

    private static func error(_ message: String, _ id: String = "r") -> String {
        #"{"type":"error","data":{"message":"\#(message)","requestId":"\#(id)"}}"#
    }

    // MARK: Bodies of plain answers

    @Test(arguments: [
        ("", ""),
        (#"{"a":18446744073709551615, "b":1.0,"a":"<>&"}"#, #","body":{"a":18446744073709551615, "b":1.0,"a":"<>&"}"#),
        ("[1,\\n2]", #","body":[1,\n2]"#),
        (#""text""#, #","body":"\"text\"""#),
        ("12", #","body":"12""#),
        ("true", #","body":"true""#),
        ("null", #","body":"null""#),
        ("OK", #","body":"OK""#),
        ("{\"a\":1}\n{\"b\":2}\n", #","body":"{\"a\":1}\n{\"b\":2}\n""#),
        ("naïve \u{1}", #","body":"naïve \u0001""#),
    ])
    func aBodyHasItsForm(body: String, member: String) async throws {
        let body = body.replacing("\\n", with: "\n")
        let member = body.hasPrefix("[") ? member.replacing("\\n", with: "\n") : member
        try await WireBench.run(answer: { _, peer in peer.respond(200, body) }) { bench in
            bench.request("r", "/x")
            try await bench.says(Self.head() + member + "}}")
        }
    }

    private static let binaryAnswer: FakeEngine.Answer = { _, peer in
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
        peer.write(ByteBuffer(bytes: [0x1f, 0x8b, 0xff, 0xfe]))
    }

    @Test(arguments: ["/containers/c/export", "/images/get?names=a", "/containers/c/archive?path=/a"])
    func aBinaryBodyTravelsInBase64ToAControllerThatReadsIt(path: String) async throws {
        var settings = WireBench.Settings()
        settings.capabilities = ["something-else", "edge-response-body-b64"]
        try await WireBench.run(settings, answer: Self.binaryAnswer) { bench in
            bench.request("r", path)
            try await bench.says(Self.head() + #","bodyBase64":"H4v//g=="}}"#)
        }
    }

    @Test(arguments: ["{}", "[1]", "OK"])
    func whatJSONAndTextCanCarryDoesNotBecomeBase64(body: String) async throws {
        var settings = WireBench.Settings()
        settings.capabilities = ["edge-response-body-b64"]
        try await WireBench.run(settings, answer: { _, peer in peer.respond(200, body) }) { bench in
            bench.request("r", "/x")
            try await bench.says(Self.head() + #","body":"# + (body == "OK" ? #""OK""# : body) + "}}")
        }
    }

    @Test(arguments: [nil, [], ["edge-request-body-stream"]] as [[String]?])
    func aBinaryBodyIsAnErrorToAnyOtherController(capabilities: [String]?) async throws {
        var settings = WireBench.Settings()
        settings.capabilities = capabilities
        try await WireBench.run(settings, answer: Self.binaryAnswer) { bench in
            bench.request("r", "/containers/c/export")
            try await bench.says(Self.error("response body is binary, which this connection cannot represent"))
        }
    }

    @Test func aBodyOverTheFramesLimitIsAnErrorThatNamesIt() async throws {
        try await WireBench.run(answer: { _, peer in peer.respond(200, String(repeating: "1", count: 17 << 20)) }) {
            bench in
            bench.request("r", "/x")
            try await bench.says(containing: "response body does not fit a frame: it is larger than 167")
            try await bench.isAnswered()
        }
    }

    @Test(arguments: [
        "Content-Length: 9\r\n\r\n{\"a\":", "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n",
    ])
    func aTruncatedBodyIsAnError(rest: String) async throws {
        let answer: FakeEngine.Answer = { _, peer in
            peer.write("HTTP/1.1 200 OK\r\n" + rest)
            peer.closeWhenWritten()
        }
        try await WireBench.run(answer: answer) { bench in
            bench.request("r", "/x")
            try await bench.says(Self.error("the engine closed the connection before the answer was complete"))
        }
    }

    @Test func anAnswerThatComesTooLateIsAnError() async throws {
        var settings = WireBench.Settings()
        settings.engine.requestTimeout = .milliseconds(10)
        try await WireBench.run(settings, answer: { _, _ in }) { bench in
            bench.request("r", "/x")
            try await bench.says(Self.error("the engine did not answer in time"))
        }
    }

    // MARK: Headers

    @Test func headersTravelBackJoinedAndWithoutThoseOfOneConnection() async throws {
        let answer: FakeEngine.Answer = { _, peer in
            peer.write(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-A: 1\r\nX-A: 2\r\nKeep-Alive: 5\r\n"
                    + "Connection: keep-alive, X-B\r\nX-B: 3\r\nContent-Length: 2\r\n\r\nOK"
            )
        }
        try await WireBench.run(answer: answer) { bench in
            bench.request("r", "/x")
            try await bench.says(
                Self.head(headers: #""Content-Type":"text/plain","X-A":"1, 2""#)
                    + #","contentType":"text/plain","body":"OK"}}"#
            )
        }
    }

    @Test func ofARequestsHeadersFourReachTheEngineInAnyCase() async throws {
        try await WireBench.run(answer: { _, peer in peer.respond() }) { bench in
            let long = String(repeating: "a", count: 65537)
            bench.request(
                "r",
                "/x",
                #","headers":{"ACCEPT":"a","Content-Type":"b","x-registry-auth":"c","X-Registry-Config":"d","#
                    + #""user-agent":"e","Host":"f","Accept":"\r\nx: y","accept":"\#(long)"}"#
            )
            _ = try await bench.next()
            let lines = bench.engine.requests[0].lines.filter { !$0.hasPrefix("Host") }
            #expect(lines == ["accept: a", "content-type: b", "x-registry-auth: c", "x-registry-config: d"])
        }
    }

    // MARK: Request bodies and paths

    @Test(arguments: [
        #"{"n":18446744073709551615,"f":1.0,"n":2, "s":"\u0041<>&"}"#, "[1e400]", "null", "true", #""text""#, "{}",
    ])
    func aRequestsBodyReachesTheEngineByteForByte(body: String) async throws {
        try await WireBench.run(answer: { _, peer in peer.respond() }) { bench in
            bench.request("r", "/x", method: "POST", #","body":\#(body)"#)
            _ = try await bench.next()
            #expect(bench.engine.requests[0].body == body)
            #expect(bench.engine.requests[0].lines.contains("content-type: application/json"))
        }
    }

    @Test(arguments: [
        ("/containers/json?all=true", "/v1.44/containers/json?all=true"), ("/v1.41/info", "/v1.41/info"),
        ("/version/info", "/v1.44/version/info"),
    ])
    func aPathGetsTheEnginesVersionUnlessItNamesOne(path: String, target: String) async throws {
        try await WireBench.run(answer: { _, peer in peer.respond() }) { bench in
            bench.request("r", path)
            _ = try await bench.next()
            #expect(bench.engine.requests[0].target == target)
        }
    }

    @Test(arguments: ["info", "//info", "/in fo", #"/in\\fo"#, "/info#x", #"/in\u0000fo"#, #"/x\r\nEvil: 1"#])
    func aPathThatCouldBeReadInTwoWaysIsRefused(path: String) async throws {
        try await WireBench.run(answer: { _, peer in peer.respond() }) { bench in
            bench.request("r", path)
            try await bench.says(beginning: #"{"type":"error","data":{"message":"path "#)
            #expect(bench.engine.requests.isEmpty)
        }
    }

    // MARK: Streams

    @Test(arguments: [
        "/containers/c/logs", "/containers/c/logs?follow=1", "/containers/c/attach", "/events?x=/json", "/build",
        "/images/create?fromImage=x", "/images/push", "/exec/e/start", "/exec/e/start?y=1",
    ])
    func aPathThatStreamsIsAnsweredPieceByPiece(path: String) async throws {
        try await WireBench.run(answer: { _, peer in peer.respond(200, "OK") }) { bench in
            bench.request("r", path)
            try await bench.says(Self.head() + #","isStream":true}}"#)
            try await bench.says(#"{"type":"stream","data":{"requestId":"r","data":"T0s="}}"#)
            try await bench.says(#"{"type":"stream_end","data":{"requestId":"r","reason":"complete"}}"#)
        }
    }

    @Test(arguments: [
        "/images/x/push", "/images/load", "/containers/c/stats", "/containers/c/wait", "/containers/c/attach/ws",
        "/info?x=/logs", "/containers/c/start", "/build/prune",
    ])
    func aPathThatDoesNotStreamIsAnsweredAtOnce(path: String) async throws {
        try await WireBench.run(answer: { _, peer in peer.respond(200, "OK") }) { bench in
            bench.request("r", path)
            try await bench.says(Self.head() + #","body":"OK"}}"#)
        }
    }

    @Test func anErrorsAnswerStreamsToo() async throws {
        try await WireBench.run(answer: { _, peer in peer.respond(404, "{}") }) { bench in
            bench.request("r", "/containers/none/logs")
            try await bench.says(containing: #""statusCode":404,"headers":{},"isStream":true}}"#)
            try await bench.says(containing: #""data":"e30=""#)
            try await bench.says(containing: "stream_end")
        }
    }

    @Test func aStreamThatBreaksEndsWithAnErrorInsteadOfAnEnd() async throws {
        let answer: FakeEngine.Answer = { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n")
            peer.closeWhenWritten()
        }
        try await WireBench.run(answer: answer) { bench in
            bench.request("r", "/events")
            try await bench.says(containing: "isStream")
            try await bench.says(containing: #""data":"T0s=""#)
            try await bench.says(Self.error("the engine closed the connection before the answer was complete"))
        }
    }

    @Test func aDrydockGetsOneHundredMebibytesOfAStreamAndAnError() async throws {
        var settings = WireBench.Settings()
        settings.drydockVersion = "1.6.0"
        let mebibyte = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
        let answer: FakeEngine.Answer = { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            for _ in 0..<101 { peer.write(mebibyte) }
        }
        try await WireBench.run(settings, answer: answer) { bench in
            bench.request("r", "/events")
            var last = ""
            repeat { last = try await bench.next() } while !last.contains("error")
            #expect(last == Self.error("stream larger than 100 MiB; the controller accepts no more"))
        }
    }

    @Test(arguments: [
        #"{"type":"stream_end","data":{"requestId":"r"}}"#,
        #"{"type":"error","data":{"message":"gone","requestId":"r"}}"#,
    ])
    func aCancelledStreamHangsUpOnTheEngineAndSaysNothing(cancel: String) async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let answer: FakeEngine.Answer = { _, peer in
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n")
            peers.put(peer)
        }
        try await WireBench.run(answer: answer) { bench in
            bench.request("r", "/events")
            _ = try await bench.next()
            _ = try await bench.next()
            bench.send(cancel)
            try await peers.next().closed()
            try await bench.isAnswered()
        }
    }

    @Test func aSilentStreamIsKeptAlive() async throws {
        var settings = WireBench.Settings()
        settings.limits.look = .milliseconds(10)
        let answer: FakeEngine.Answer = { _, peer in peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        }
        try await WireBench.run(settings, answer: answer) { bench in
            bench.request("r", "/events")
            _ = try await bench.next()
            for _ in 0..<3 {
                try await bench.says(#"{"type":"stream","data":{"requestId":"r","data":""}}"#)
            }
        }
    }

    // MARK: Limits

    @Test func theRequestAfterOneHundredIsRefused() async throws {
        try await WireBench.run(answer: { _, _ in }) { bench in
            for number in 0..<100 { bench.request("\(number)", "/x") }
            bench.request("r", "/x")
            try await bench.says(Self.error("agent busy: too many concurrent requests"))
        }
    }

    @Test func aStreamBeyondTheSettingIsA503ThatNamesIt() async throws {
        var settings = WireBench.Settings()
        settings.limits.streams = 1
        let peers = Mailbox<FakeEnginePeer>()
        let answer: FakeEngine.Answer = { request, peer in
            guard request.target.hasSuffix("/events") else { return peer.respond(200, "[]") }
            peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            peers.put(peer)
        }
        try await WireBench.run(settings, answer: answer) { bench in
            bench.request("a", "/events")
            try await bench.says(Self.head("a") + #","isStream":true}}"#)
            let peer = try await peers.next()
            bench.request("r", "/containers/c/logs")
            let json = #""Content-Type":"application/json""#
            try await bench.says(
                Self.head(headers: json).replacing("200", with: "503")
                    + #","isStream":true,"contentType":"application/json"}}"#
            )
            let message = "1 streams are open, as many as MAX_STREAM_SESSIONS allows; close one, or raise it"
            let text = encoded(Array("{\"message\":\"\(message)\"}\n".utf8))
            try await bench.says(#"{"type":"stream","data":{"requestId":"r","data":"\#(text)"}}"#)
            try await bench.says(#"{"type":"stream_end","data":{"requestId":"r","reason":"complete"}}"#)
            bench.request("p", "/x")
            try await bench.says(Self.head("p") + #","body":[]}}"#)
            peer.write("0\r\n\r\n")
            try await bench.says(#"{"type":"stream_end","data":{"requestId":"a","reason":"complete"}}"#)
            bench.request("b", "/events")
            try await bench.says(Self.head("b") + #","isStream":true}}"#)
        }
    }

    @Test func aRequestWithALiveIDIsRefusedAndTheFirstGoesOn() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await WireBench.run(answer: { peers.put($1) }) { bench in
            bench.request("r", "/x")
            let peer = try await peers.next()
            bench.request("r", "/y")
            try await bench.says(Self.error("duplicate requestId"))
            peer.respond(200, "[]")
            try await bench.says(Self.head() + #","body":[]}}"#)
        }
    }

    @Test func losingTheControllerHangsUpOnTheEngine() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await WireBench.run(answer: { peers.put($1) }) { bench in
            bench.request("a", "/x")
            bench.request("b", "/events")
            // The only end of one that has no limit.
            bench.request("c", "/containers/web/wait", method: "POST")
            let engine = [try await peers.next(), try await peers.next(), try await peers.next()]
            try await bench.hangUp()
            for peer in engine { try await peer.closed() }
            #expect(try await bench.onLoop { $1.memory.used } == 0)
        }
    }
}
