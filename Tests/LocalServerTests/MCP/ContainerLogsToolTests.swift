import DockerBridge
import NIOCore
import Support
import Testing

@testable import LocalServer

@Suite(.timeLimit(.minutes(1))) struct ContainerLogsToolTests {
    private static let call =
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"container_logs","arguments":{"id":"web"}}}"#

    private static func withBench(
        answer: @escaping FakeEngine.Answer,
        _ body: @escaping @Sendable (ListenerBench) async throws -> Void
    ) async throws {
        try await ListenerBench.run(
            groups: { [MCPRoutes(version: "1", tools: [ContainerLogsTool(dispatcher: $0)])] },
            answer: answer,
            body
        )
    }

    @Test func aLineThatIsCutSaysSo() async throws {
        let (whole, long) = (String(repeating: "w", count: 16 * 1024), String(repeating: "l", count: 16 * 1024 + 1))
        try await Self.withBench(answer: { request, peer in
            request.target.hasSuffix("/json")
                ? peer.respond(200, #"{"Config":{"Tty":true}}"#) : peer.respond(200, "\(whole)\n\(long)\nend\n")
        }) { bench in
            let answer = try await bench.say(ListenerBench.post("/_lookout/mcp", Self.call))
            let cut = String(long.dropLast())
            #expect(
                answer.contains(
                    #"["stdout: \#(whole)","stdout: \#(cut) (the rest of this line is left out)","stdout: end"]"#
                )
            )
        }
    }

    @Test func aClientThatLeavesEndsTheWorkOfItsTool() async throws {
        let logs = Mailbox<FakeEnginePeer>()
        try await Self.withBench(answer: { request, peer in
            if request.target.hasSuffix("/json") {
                peer.respond(200, #"{"Config":{"Tty":true}}"#)
            } else {
                peer.write("HTTP/1.1 200 OK\r\n\r\nfor ever\n")
                logs.put(peer)
            }
        }) { bench in
            let client = try await bench.connect()
            client.write(ListenerBench.post("/_lookout/mcp", Self.call))
            let peer = try await logs.next()
            client.close()
            try await peer.closed()
        }
    }
}
