import DockerBridge
import Drydock
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct FrameDecoderTests {
    private static func decode(_ text: String) -> InboundFrame { FrameDecoder.decode(ByteBuffer(string: text)) }

    /// Decodes a frame of `type` with this data object.
    private static func decode(_ type: String, _ data: String) -> InboundFrame {
        self.decode(#"{"type":"\#(type)","data":\#(data)}"#)
    }

    private static func request(_ data: String) throws -> RequestFrame {
        let frame = self.decode("request", data)
        guard case .request(let request) = frame else {
            Issue.record("\(frame)")
            throw CancellationError()
        }
        return request
    }

    // MARK: Envelope

    @Test(arguments: [
        #"{"type":"dd:later","data":{}}"#, #"{"data":{},"type":"dd:later"}"#,
        #" { "id" : [1,{}] , "type" : "dd:later" , "data" : { "x" : null } , "more" : 1 } "#,
        #"{"type":"dd:\u006cater","data":{}}"#,
    ])
    func anEnvelopeOfUnknownTypeIsNamed(text: String) {
        #expect(Self.decode(text).words == "unknown dd:later")
    }

    @Test(arguments: [
        ("", "invalid JSON"), ("{", "invalid JSON"), ("[]", "not a JSON object"), ("\"ping\"", "not a JSON object"),
        ("{}", "without a type"), (#"{"type":1,"data":{}}"#, "without a type"),
        (#"{"type":"ping"}"#, "without a data object"), (#"{"type":"ping","data":null}"#, "without a data object"),
        (#"{"type":"ping","data":[]}"#, "without a data object"),
        (#"{"type":"ping","data":{"x":01}}"#, "invalid JSON"), (#"{"type":"ping","data":{}"#, "invalid JSON"),
        (#"{"type":"ping","data":{}}x"#, "invalid JSON"), ("{\"type\":\"p\u{1}\",\"data\":{}}", "invalid JSON"),
    ])
    func whatIsNoEnvelopeIsMalformed(text: String, reason: String) {
        #expect(Self.decode(text).words.hasPrefix("malformed"))
        #expect(Self.decode(text).words.contains(reason), "\(Self.decode(text).words)")
    }

    @Test func textThatIsNotUTF8IsMalformed() {
        var message = ByteBuffer(string: #"{"type":"x","data":{"a":""#)
        message.writeBytes([0xff])
        message.writeString(#""}}"#)
        #expect(FrameDecoder.decode(message).words.hasPrefix("malformed invalid JSON"))
    }

    @Test func everyCutOfAFrameIsMalformed() {
        let text = #"{"type":"request","data":{"requestId":"r","method":"GET","path":"/é","body":[1,"\n"]}}"#
        for length in 0..<text.utf8.count {
            let cut = ByteBuffer(bytes: text.utf8.prefix(length))
            #expect(FrameDecoder.decode(cut).words.hasPrefix("malformed"), "cut to \(length)")
        }
    }

    @Test func aFrameInTheMiddleOfABufferIsReadFromThere() throws {
        var buffer = ByteBuffer(string: "junk" + #"{"type":"request","data":{"requestId":"r","method":"PUT","#)
        buffer.writeString(#""path":"/x","body":{"a": 1}}}"#)
        buffer.moveReaderIndex(forwardBy: 4)
        guard case .request(let request) = FrameDecoder.decode(buffer) else { throw CancellationError() }
        #expect(request.body.map { String(buffer: $0) } == #"{"a": 1}"#)
    }

    // MARK: Every kind

    @Test(arguments: [
        ("welcome", "{}", "welcome nil nil nil"),
        (
            "welcome",
            #"{"pollInterval":300,"config":{"drydockVersion":"1.6.0","serverCompatLevel":"1.4.0"}}"#,
            "welcome 300 1.6.0 1.4.0"
        ),
        ("welcome", #"{"pollInterval":"60","config":{"serverCompatLevel":"1.4"}}"#, "welcome 60 nil 1.4"),
        ("welcome", #"{"pollInterval":1,"config":{"drydockVersion":7}}"#, "welcome 5 nil nil"),
        ("welcome", #"{"pollInterval":999999,"config":[]}"#, "welcome 86400 nil nil"),
        ("welcome", #"{"pollInterval":0,"config":null}"#, "welcome nil nil nil"),
        ("welcome", #"{"pollInterval":-5}"#, "welcome nil nil nil"),
        ("welcome", #"{"pollInterval":1.5,"config":"x"}"#, "welcome nil nil nil"),
        ("welcome", #"{"capabilities":["edge-response-body-b64"]}"#, "welcome nil nil nil base64"),
        ("welcome", #"{"pollInterval":60,"capabilities":["x","edge-response-body-b64"]}"#, "welcome 60 nil nil base64"),
        ("welcome", #"{"capabilities":["edge-response-body-b6"]}"#, "welcome nil nil nil"),
        ("welcome", #"{"capabilities":"edge-response-body-b64"}"#, "welcome nil nil nil"),
        ("welcome", #"{"capabilities":[7,"edge-response-body-b64"]}"#, "welcome nil nil nil"),
        ("welcome", #"{"capabilities":{},"config":{"drydockVersion":"2"}}"#, "welcome nil 2 nil"),
        ("error", #"{"message":"no","code":"replay","requestId":"r"}"#, "error replay no r"),
        ("error", #"{"message":7}"#, "error nil  nil"),
        ("error", "{}", "error nil  nil"),
        ("ping", #"{"timestamp":1767225600123}"#, "ping 1767225600123"),
        ("ping", #"{"timestamp": 1.50 }"#, "ping 1.50"),
        ("ping", #"{"timestamp":"abc"}"#, #"ping "abc""#),
        ("ping", #"{"timestamp":null}"#, "ping null"),
        ("ping", "{}", "ping nil"),
        ("pong", #"{"timestamp":12}"#, "pong 12"),
        ("pong", #"{"timestamp":"12"}"#, "pong 12"),
        ("pong", #"{"timestamp":1.5}"#, "pong nil"),
        ("pong", "{}", "pong nil"),
        ("stream_end", #"{"requestId":"r","reason":"complete"}"#, "stream_end r"),
        ("stream_end", #"{"requestId":"r"}"#, "stream_end r"),
        ("stream_end", #"{"requestId":"r","reason":"canceled"}"#, "stream_end r canceled"),
        ("stream", #"{"requestId":"r","data":"bHMK"}"#, "stream r ls\n"),
        ("stream", #"{"data":"","requestId":"r","more":1}"#, "stream r "),
        ("exec_end", #"{"execId":"e","reason":"x"}"#, "exec_end e"),
        ("exec_input", #"{"execId":"e","data":"bHMK"}"#, "exec_input e ls\n"),
        ("exec_input", #"{"execId":"e","data":"bHM"}"#, "exec_input e ls"),
        ("exec_input", #"{"execId":"e","data":"bHM\u003d"}"#, "exec_input e ls"),
        ("exec_input", #"{"data":"","execId":"e"}"#, "exec_input e "),
        ("exec_resize", #"{"execId":"e","cols":80,"rows":24}"#, "exec_resize e 80x24"),
        ("exec_resize", #"{"rows":"24","cols":"80","execId":"e","x":1}"#, "exec_resize e 80x24"),
        ("exec_start", #"{"execId":"e","containerId":"web","cmd":["sh"]}"#, "exec_start e web [sh] nil tty nil"),
        (
            "exec_start",
            #"{"execId":"e","containerId":"web","cmd":["sh","-c","é \"x\""],"user":"a:b","cols":80,"rows":24,"tty":false}"#,
            #"exec_start e web [sh,-c,é "x"] a:b raw 80x24"#
        ),
        (
            "exec_start", #"{"execId":"e","containerId":"web","cmd":["sh"],"user":"","cols":0,"rows":24,"tty":1}"#,
            "exec_start e web [sh] nil tty nil"
        ),
    ])
    func everyKindIsRead(type: String, data: String, words: String) {
        #expect(Self.decode(type, data).words == words)
    }

    @Test(
        arguments: [
            ("stream_end", "{}", "requestId is missing", nil, nil),
            ("stream", #"{"data":"bHM="}"#, "stream without a requestId", nil, nil),
            ("stream", #"{"requestId":"r"}"#, "stream whose data is not base64", "r", nil),
            ("stream", #"{"requestId":"r","data":"b*M="}"#, "stream whose data is not base64", "r", nil),
            (
                "request", #"{"requestId":"r","method":"POST","path":"/x","body":{},"bodyStream":true}"#,
                "request with bodyStream and a body of its own", "r", nil
            ),
            ("stream_end", #"{"requestId":1}"#, "requestId is missing", nil, nil),
            ("exec_end", "{}", "execId is missing", nil, nil),
            ("exec_input", #"{"data":"bHM="}"#, "without an execId", nil, nil),
            ("exec_input", #"{"execId":"e"}"#, "not base64", nil, nil),
            ("exec_input", #"{"execId":"e","data":"b*M="}"#, "not base64", nil, nil),
            ("exec_input", #"{"execId":"e","data":7}"#, "not base64", nil, nil),
            ("exec_resize", #"{"cols":80,"rows":24}"#, "without an execId", nil, nil),
            ("exec_resize", #"{"execId":"e","cols":80}"#, "usable size", nil, nil),
            ("exec_resize", #"{"execId":"e","cols":80,"rows":0}"#, "usable size", nil, nil),
            ("exec_resize", #"{"execId":"e","cols":65536,"rows":1}"#, "usable size", nil, nil),
            ("exec_resize", #"{"execId":"e","cols":-1,"rows":1}"#, "usable size", nil, nil),
            ("exec_start", #"{"containerId":"c","cmd":["sh"]}"#, "without an execId", nil, nil),
            ("exec_start", #"{"execId":"e","cmd":["sh"]}"#, "container id or name", nil, "e"),
            ("exec_start", #"{"execId":"e","containerId":"../x","cmd":["sh"]}"#, "container id or name", nil, "e"),
            ("exec_start", #"{"execId":"e","containerId":"c"}"#, "needs a command", nil, "e"),
            ("exec_start", #"{"execId":"e","containerId":"c","cmd":[]}"#, "needs a command", nil, "e"),
            ("exec_start", #"{"execId":"e","containerId":"c","cmd":"sh"}"#, "needs a command", nil, "e"),
            ("exec_start", #"{"execId":"e","containerId":"c","cmd":["sh",1]}"#, "needs a command", nil, "e"),
            ("request", #"{"method":"GET","path":"/"}"#, "without a requestId", nil, nil),
            ("request", #"{"requestId":1,"method":"GET","path":"/"}"#, "without a requestId", nil, nil),
            ("request", #"{"requestId":"r","path":"/"}"#, "a method and a path", "r", nil),
            ("request", #"{"requestId":"r","method":"GET","path":["/"]}"#, "a method and a path", "r", nil),
        ] as [(String, String, String, String?, String?)]
    )
    func whatATypeLacksIsNamed(type: String, data: String, reason: String, requestID: String?, execID: String?) {
        let frame = Self.decode(type, data)
        guard case .malformed(let malformed) = frame else {
            Issue.record("\(frame)")
            return
        }
        #expect(malformed.reason.contains(reason))
        #expect(malformed.requestID == requestID)
        #expect(malformed.execID == execID)
    }

    // MARK: Requests

    @Test func aRequestWithoutExtrasHasNone() throws {
        let request = try Self.request(#"{"requestId":"r","method":"GET","path":"/containers/json?all=true"}"#)
        #expect(request.id == "r")
        #expect(request.method == "GET")
        #expect(request.path == "/containers/json?all=true")
        #expect(request.headers.isEmpty)
        #expect(request.body == nil)
    }

    @Test(arguments: [
        "18446744073709551615", "1.0", "-0", "1E400", #"{"b":1,"a":2,"b":3}"#, #"[ 1 ,  2 ]"#, "null", "true",
        #""a\u00e9\/""#,
        "{}", #"{"Env":["A=\"x\"","B=é"]}"#,
    ])
    func aBodyGoesOnExactlyAsItStood(body: String) throws {
        let request = try Self.request(#"{"requestId":"r","method":"POST","path":"/x","body": \#(body) ,"z":1}"#)
        #expect(request.body.map { String(buffer: $0) } == body)
        #expect(request.headers == [BridgeRequest.Header("content-type", "application/json")])
    }

    @Test(arguments: [#""bodyStream":true"#, #""bodyStream":true,"body":null"#, #""body":null,"bodyStream":true"#])
    func aBodyThatComesInFramesHasTheTypeThatTheRequestNames(members: String) throws {
        let request = try Self.request(#"{"requestId":"r","method":"POST","path":"/images/load",\#(members)}"#)
        #expect(request.streamsBody)
        #expect(request.body == nil)
        #expect(request.headers.isEmpty)
    }

    @Test(arguments: ["", #","bodyStream":false"#, #","bodyStream":"true""#, #","bodyStream":null"#])
    func aRequestWithoutTheFlagHasNoSuchBody(members: String) throws {
        #expect(try !Self.request(#"{"requestId":"r","method":"POST","path":"/x"\#(members)}"#).streamsBody)
    }

    @Test func onlyFourHeadersTravelOn() throws {
        let request = try Self.request(
            """
            {"requestId":"r","method":"POST","path":"/x","headers":{"Accept":"a","CONTENT-TYPE":"t","X-Registry-Auth":"u",
            "x-registry-config":"c","user-agent":"n","authorization":"n","cookie":"n","host":"n","connection":"n",
            "content-length":"5","transfer-encoding":"chunked","upgrade":"tcp"},"body":1}
            """
        )
        #expect(request.headers.map(\.name) == ["accept", "content-type", "x-registry-auth", "x-registry-config"])
        #expect(request.headers.map(\.value) == ["a", "t", "u", "c"])
    }

    @Test(arguments: [#""a\r\nX: b""#, #""a\nb""#, #""\u0000""#, #""\u007f""#, "1", "null", "[\"a\"]"])
    func aHeaderValueThatIsNoHeaderValueIsDropped(value: String) throws {
        let request = try Self.request(
            #"{"requestId":"r","method":"GET","path":"/","headers":{"accept":\#(value),"x-registry-auth":"k"}}"#
        )
        #expect(request.headers.map(\.name) == ["x-registry-auth"])
    }

    @Test func aHeaderValueOf64KiBIsTheLongest() throws {
        for (length, count) in [(65536, 1), (65537, 0)] {
            let value = String(repeating: "v", count: length)
            let request = try Self.request(
                #"{"requestId":"r","method":"GET","path":"/","headers":{"accept":"\#(value)"}}"#
            )
            #expect(request.headers.count == count)
        }
    }

    @Test(arguments: ["null", "[]", "\"x\"", "7"])
    func headersThatAreNoObjectCountAsNone(headers: String) throws {
        let request = try Self.request(#"{"requestId":"r","method":"GET","path":"/","headers":\#(headers)}"#)
        #expect(request.headers.isEmpty)
    }

    // MARK: Oversized

    @Test(
        arguments: [
            (#"{"type":"request","data":{"requestId":"r-1","method":"POST","body":"aaaa"#, "r-1", nil),
            (#"{"data":{"body":"aaa","requestId" : "r\u002d1","x"#, "r-1", nil),
            (#"{"type":"exec_input","data":{"execId":"e","data":"aaaa"#, nil, "e"),
            (#"{"type":"request","data":{"body":{"note":"requestId"},"requestId":"late"#, nil, nil),
            (#"{"data":{"requestId":7,"#, nil, nil),
            (#"{"data":{"requestId""#, nil, nil),
            (#"{"data":{"requestId":"#, nil, nil),
            ("{\"data\":{\"requestId\"    ", nil, nil),
            ("", nil, nil),
            ("aaaaaaaaaa", nil, nil),
        ] as [(String, String?, String?)]
    )
    func theBeginningOfALostFrameMayTellWhomToAnswer(prefix: String, requestID: String?, execID: String?) {
        let malformed = FrameDecoder.oversized(prefix: ByteBuffer(string: prefix), length: 20_000_000)
        #expect(malformed.requestID == requestID)
        #expect(malformed.execID == execID)
        #expect(malformed.reason == "frame of 20000000 bytes is larger than the 16777216 that are accepted")
    }
}

extension InboundFrame {
    /// The frame as a test's table writes it.
    fileprivate var words: String {
        func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "nil" }
        switch self {
        case .welcome(let welcome):
            return "welcome \(text(welcome.pollInterval)) \(text(welcome.drydockVersion)) "
                + text(welcome.serverCompatLevel) + (welcome.takesBase64Bodies ? " base64" : "")
        case .error(let error): return "error \(text(error.code)) \(error.message) \(text(error.requestID))"
        case .ping(let timestamp): return "ping \(text(timestamp.map { String(buffer: $0) }))"
        case .pong(let timestamp): return "pong \(text(timestamp))"
        case .request(let request): return "request \(request.id)"
        case .stream(let id, let bytes): return "stream \(id) \(String(buffer: bytes))"
        case .streamEnd(let id, let isCanceled): return "stream_end \(id)\(isCanceled ? " canceled" : "")"
        case .execStart(let start):
            let spec = start.spec
            let size = spec.size.map { "\($0.columns)x\($0.rows)" }
            return "exec_start \(start.id) \(spec.containerID) [\(spec.command.joined(separator: ","))] "
                + "\(text(spec.user)) \(spec.isTTY ? "tty" : "raw") \(text(size))"
        case .execInput(let id, let bytes): return "exec_input \(id) \(String(buffer: bytes))"
        case .execResize(let id, let size): return "exec_resize \(id) \(size.columns)x\(size.rows)"
        case .execEnd(let id): return "exec_end \(id)"
        case .adapter(.delete(let target)): return "delete \(text(target.requestID)) \(target.containerID)"
        case .adapter(.cancelLog(let id, let container)): return "cancel log \(id) \(container)"
        case .adapter(.log(let request)):
            let query = request.query
            return "log \(text(request.target.requestID)) \(request.target.containerID) \(text(query.tail)) "
                + "\(text(query.since)) \(text(query.until)) \(query.follow) \(query.timestamps) \(request.isLive)"
        case .unknown(let type): return "unknown \(type)"
        case .malformed(let malformed): return "malformed \(malformed.reason)"
        }
    }
}
