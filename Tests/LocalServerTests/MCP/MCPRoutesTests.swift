import DockerBridge
import NIOCore
import Support
import Testing

@testable import LocalServer

/// The protocol's own rows, on a real connection.
@Suite struct MCPRoutesTests {
    private struct Echo: MCPTool {
        let name = "echo"
        let description = "Says what it is told."
        let inputSchema: StaticString = #"{"type":"object"}"#

        func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
            guard arguments.readableBytes > 2 else { throw MCPToolFailure("id is required") }
            return MCPToolResult(arguments)
        }
    }

    private static func say(_ body: String) async throws -> String {
        var all = ""
        try await self.withBench { bench in all = try await bench.say(ListenerBench.post("/_lookout/mcp", body)) }
        return all
    }

    private static func withBench(_ body: (ListenerBench) async throws -> Void) async throws {
        try await withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            try await ListenerBench.run(
                groups: { _ in [MCPRoutes(version: "1.2.3", tools: [Echo()])] },
                answer: { _, peer in peer.close() }
            ) { try await body($0) }
        }
    }

    @Test(arguments: [
        (#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        ("[]", #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}"#),
        ("", #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}"#),
        (
            #"{"id":2,"method":"ping"}"#,
            #"{"jsonrpc":"2.0","id":2,"error":{"code":-32600,"message":"jsonrpc must be \"2.0\""}}"#
        ),
        (
            #"{"jsonrpc":"2.0","id":3,"method":"what"}"#,
            #"{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"method not found: what"}}"#
        ),
        (
            #"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":[]}"#,
            #"{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"invalid tools/call params"}}"#
        ),
        (
            #"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"rm"}}"#,
            #"{"jsonrpc":"2.0","id":5,"error":{"code":-32602,"message":"unknown tool: rm"}}"#
        ),
        (
            #"{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"echo"}}"#,
            #"{"jsonrpc":"2.0","id":6,"result":{"content":[{"type":"text","text":"id is required"}],"isError":true}}"#
        ),
        (
            #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"a":"\""}}}"#,
            #"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"{\"a\":\"\\\"\"}"}],"#
                + #""structuredContent":{"a":"\""},"isError":false}}"#
        ),
    ])
    func everyRowHasItsAnswer(_ body: String, _ expected: String) async throws {
        let answer = try await Self.say(body)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n" + expected))
    }

    @Test(arguments: [("2025-06-18", "2025-06-18"), ("2019-01-01", "2025-11-25")])
    func theVersionIsTheClientsWhereWeSpeakIt(_ asked: String, _ answered: String) async throws {
        let answer = try await Self.say(
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"\#(asked)"}}"#
        )
        #expect(answer.contains(#""protocolVersion":"\#(answered)""#))
        #expect(answer.contains(#""serverInfo":{"name":"lookout","version":"1.2.3"}"#))
    }

    @Test func aNotificationIsOnlyAccepted() async throws {
        let answer = try await Self.say(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        #expect(answer.hasPrefix("HTTP/1.1 202 Accepted\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func everythingButPOSTIsRefused() async throws {
        try await Self.withBench { bench in
            let answer = try await bench.say(ListenerBench.get("/_lookout/mcp"))
            #expect(answer.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\nAllow: POST\r\n"))
        }
    }

    @Test func theListShowsWhatThereIs() async throws {
        let answer = try await Self.say(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        #expect(
            answer.hasSuffix(
                #"{"tools":[{"name":"echo","description":"Says what it is told.","inputSchema":{"type":"object"},"#
                    + #""annotations":{"readOnlyHint":true}}]}}"#
            )
        )
    }

    // MARK: Revision 2026-07-28

    /// A request as its clients send it.
    private static func stateless(
        _ method: String,
        _ params: String = "",
        version: String = "2026-07-28",
        fields: [String]? = nil,
        meta: String? = nil
    ) -> String {
        let meta =
            meta
            ?? #"{"io.modelcontextprotocol/protocolVersion":"\#(version)","#
            + #""io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"#
            + #""io.modelcontextprotocol/clientCapabilities":{}}"#
        let body = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"_meta":\#(meta)\#(params)}}"#
        let lines = (fields ?? ["MCP-Protocol-Version: \(version)", "Mcp-Method: \(method)"]).joined(separator: "\r\n")
        let post = ListenerBench.post("/_lookout/mcp", body)
        return lines.isEmpty ? post : post.replacing("Connection: close", with: "\(lines)\r\nConnection: close")
    }

    private static let version = "MCP-Protocol-Version: 2026-07-28"
    private static let server = #""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"lookout","version":"1.2.3"}}"#

    private static func say(request: String) async throws -> String {
        var all = ""
        try await self.withBench { bench in all = try await bench.say(request) }
        return all
    }

    @Test func discoveryTellsTheVersionsAndTheTools() async throws {
        let answer = try await Self.say(request: Self.stateless("server/discover"))
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(
            answer.hasSuffix(
                #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","supportedVersions":["#
                    + #""2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"capabilities":{"tools":{}},"#
                    + #""ttlMs":300000,"cacheScope":"private",\#(Self.server)}}"#
            )
        )
    }

    @Test func aListOfToolsMayBeKept() async throws {
        let answer = try await Self.say(request: Self.stateless("tools/list"))
        #expect(answer.contains(#""result":{"resultType":"complete","tools":[{"name":"echo","#))
        #expect(answer.hasSuffix(#"],"ttlMs":300000,"cacheScope":"private",\#(Self.server)}}"#))
    }

    /// `ZWNobw==` is `echo`.
    @Test(arguments: ["echo", "=?base64?ZWNobw==?="])
    func aToolIsCalledByTheNameThatTheHeaderSays(name: String) async throws {
        let fields = [Self.version, "mcp-method: tools/call", "MCP-NAME: \(name)"]
        let call = Self.stateless("tools/call", #","name":"echo","arguments":{"a":1}"#, fields: fields)
        let answer = try await Self.say(request: call)
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(
            answer.hasSuffix(
                #""result":{"resultType":"complete","content":[{"type":"text","text":"{\"a\":1}"}],"#
                    + #""structuredContent":{"a":1},"isError":false,\#(Self.server)}}"#
            )
        )
    }

    @Test(
        arguments: [
            // What a proxy saw and what would be done differ.
            ("tools/list", ["Mcp-Method: tools/list"], -32020, "MCP-Protocol-Version is missing"),
            ("tools/list", [version], -32020, "Mcp-Method is missing"),
            ("tools/list", [version, "Mcp-Method: ping"], -32020, "Mcp-Method is not what the body says"),
            (
                "tools/list", [version, "Mcp-Method: tools/list", "Mcp-Method: ping"], -32020,
                "Mcp-Method is not what the body says"
            ),
            (
                "tools/list", ["MCP-Protocol-Version: 2025-11-25"], -32020,
                "MCP-Protocol-Version is not what the body says"
            ),
            (
                "tools/list", ["MCP-Protocol-Version: 2027-01-01"], -32020,
                "MCP-Protocol-Version is not what the body says"
            ),
            ("tools/call", [version, "Mcp-Method: tools/call", "Mcp-Name: éch"], -32020, "need base64"),
            ("tools/call", [version, "Mcp-Method: tools/call"], -32020, "Mcp-Name is missing"),
            ("tools/call", [version, "Mcp-Method: tools/call", "Mcp-Name: rm"], -32020, "Mcp-Name is not what"),
            ("tools/call", [version, "Mcp-Method: tools/call", "Mcp-Name: =?base64?!?="], -32020, "not base64"),
        ] as [(String, [String], Int, String)]
    )
    func whatTheHeaderSaysMustBeWhatTheBodySays(
        method: String,
        fields: [String],
        code: Int,
        message: String
    ) async throws {
        let answer = try await Self.say(request: Self.stateless(method, #","name":"echo""#, fields: fields))
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.contains(#""id":1,"error":{"code":\#(code),"#), "\(answer)")
        #expect(answer.contains(message), "\(answer)")
    }

    @Test(arguments: [
        ("{}", "_meta needs io.modelcontextprotocol/protocolVersion"),
        (
            #"{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#,
            "_meta needs io.modelcontextprotocol/clientCapabilities"
        ),
        ("[]", "_meta needs io.modelcontextprotocol/protocolVersion"),
    ])
    func aRequestSaysAllOfItself(meta: String, message: String) async throws {
        let answer = try await Self.say(request: Self.stateless("tools/list", meta: meta))
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.contains(#""error":{"code":-32602,"message":"\#(message)"#), "\(answer)")
    }

    @Test(arguments: ["1900-01-01", "2027-01-01", "2025-11-25"])
    func aVersionThatIsNotSpokenThisWayIsAnsweredWithThoseThatAre(version: String) async throws {
        let answer = try await Self.say(request: Self.stateless("tools/list", version: version))
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.contains(#""code":-32022,"message":"Unsupported protocol version","data":{"supported":["2026-"#))
        #expect(answer.hasSuffix(#""requested":"\#(version)"}}}"#))
        #expect(answer.ranges(of: version).count == 1, "what was refused is not offered")
    }

    /// One letter may carry any number of marks.
    @Test func whatAClientWroteIsNotRepeatedAtLength() async throws {
        let long = "v" + String(repeating: "\u{301}", count: 100_000)
        let answer = try await Self.say(#"{"jsonrpc":"2.0","id":1,"method":"\#(long)"}"#)
        #expect(answer.contains("method not found: "))
        #expect(answer.utf8.count < 1000, "\(answer.utf8.count)")
    }

    /// A version that is not known does not hide that a proxy saw another one.
    @Test func aVersionInTheBodyAloneIsAMismatchToo() async throws {
        let answer = try await Self.say(
            request: Self.stateless("tools/list", version: "1900-01-01", fields: [Self.version])
        )
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.contains(#""code":-32020,"#), "\(answer)")
    }

    @Test(arguments: [#"{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#, #"{"method":"tools/list"}"#, "[]", "{"])
    func whereNoIDCanBeReadTheAnswerHasNone(body: String) async throws {
        let post = ListenerBench.post("/_lookout/mcp", body)
        let answer = try await Self.say(
            request: post.replacing("Connection: close", with: "\(Self.version)\r\nConnection: close")
        )
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(!answer.contains("null"), "\(answer)")
    }

    @Test(arguments: ["ping", "initialize", "subscriptions/listen", "what"])
    func aMethodThatTheRevisionDoesNotHaveIs404(method: String) async throws {
        let answer = try await Self.say(request: Self.stateless(method))
        #expect(answer.hasPrefix("HTTP/1.1 404 "))
        #expect(answer.contains(#""error":{"code":-32601,"message":"method not found: \#(method)"}"#))
    }

    @Test func aBodyThatIsNoRequestIs400ToItsClients() async throws {
        let post = ListenerBench.post("/_lookout/mcp", "[]")
        let answer = try await Self.say(
            request: post.replacing("Connection: close", with: "\(Self.version)\r\nConnection: close")
        )
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.contains(#""code":-32700"#))
    }

    /// Since 2025-06-18 clients with a handshake send the header too.
    @Test(arguments: ["2025-06-18", "2025-11-25"])
    func aClientWithAHandshakeIsServedAsBefore(version: String) async throws {
        let post = ListenerBench.post("/_lookout/mcp", #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        let answer = try await Self.say(
            request: post.replacing(
                "Connection: close",
                with: "MCP-Protocol-Version: \(version)\r\nConnection: close"
            )
        )
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.hasSuffix(#"{"jsonrpc":"2.0","id":1,"result":{}}"#))
    }

    @Test func aBodyThatIsTooLongIsRefused() async throws {
        let answer = try await Self.say(String(repeating: " ", count: 1 << 20) + "{}")
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }

    /// As the transport demands, and with a credential too.
    @Test func aPageOfAnotherOriginIsRefused() async throws {
        let request = ListenerBench.post("/_lookout/mcp", #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
        func with(_ origin: String) -> String {
            request.replacing("Connection: close", with: "Origin: \(origin)\r\nConnection: close")
        }
        try await Self.withBench { bench in
            let answer = try await bench.say(with("https://evil.example"))
            #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains("ALLOWED_ORIGINS"), "\(answer)")
            #expect(try await bench.say(request).hasPrefix("HTTP/1.1 200 "))
        }
    }
}
