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
