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

    /// Ends when its task is cancelled, and not before.
    private struct Endless: MCPTool {
        let name = "container_logs"
        let description = ""
        let inputSchema: StaticString = "{}"
        let begun: Mailbox<Void>
        let ended: Mailbox<Bool>

        func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
            let (never, continuation) = AsyncStream.makeStream(of: Void.self)
            self.begun.put(())
            for await _ in never {}
            withExtendedLifetime(continuation) { self.ended.put(Task.isCancelled) }
            throw MCPToolFailure("cancelled")
        }
    }

    @Test func aClientThatLeavesEndsTheWorkOfItsTool() async throws {
        let (begun, ended) = (Mailbox<Void>(), Mailbox<Bool>())
        try await ListenerBench.run(
            groups: { _ in [MCPRoutes(version: "1", tools: [Endless(begun: begun, ended: ended)])] },
            answer: { _, peer in peer.close() },
            { bench in
                let client = try await bench.connect()
                client.write(ListenerBench.post("/_lookout/mcp", Self.call))
                try await begun.next()
                client.close()
                #expect(try await ended.next())
            }
        )
    }

    /// The tool's patience would end the reading as well, so that it is an hour here.
    @Test func aClientThatLeavesEndsTheReadingOfTheLog() async throws {
        let readers = Mailbox<FakeEnginePeer>()
        try await ListenerBench.run(
            groups: { [MCPRoutes(version: "1", tools: [ContainerLogsTool(dispatcher: $0, patience: .hours(1))])] },
            answer: { request, peer in
                request.target.hasSuffix("/json") ? peer.respond(200, #"{"Config":{"Tty":true}}"#) : readers.put(peer)
            },
            { bench in
                let client = try await bench.connect()
                client.write(ListenerBench.post("/_lookout/mcp", Self.call))
                let reader = try await readers.next()
                client.close()
                try await reader.closed()
            }
        )
    }
}
