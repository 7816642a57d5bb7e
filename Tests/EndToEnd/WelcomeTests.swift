import Testing

extension EndToEnd {
    /// From the key to the welcome.
    @Suite struct WelcomeTests {
        @Test(arguments: ["portwing", "lookout"])
        func isWelcomedInBothDialects(_ dialect: String) async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel(settings: ["EDGE_DIALECT": dialect])
                let dialling = try await tunnel.agent.line(after: "INFO dialling ")
                #expect(dialling.contains("dialect=\"\(dialect)\""))
                try await tunnel.agent.line(after: "INFO welcomed ")
                #expect(try await tunnel.docker("ps").status == 0)
            }
        }

        @Test func aKeyThatTheControllerDoesNotKnowIsRejectedByName() async throws {
            try await Workbench.use { bench in
                let controller = try bench.startController(knowing: [try await bench.makeKey()])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                let agent = try bench.startAgent(try await bench.makeKey(), port: port)
                try await agent.line(after: "rejected by the controller: unknown-key")
                #expect(!controller.output.contains("agent connected"))
            }
        }

        @Test func aSecondAgentOfTheSameNameIsRejectedByName() async throws {
            try await Workbench.use { bench in
                let keys = [try await bench.makeKey(), try await bench.makeKey()]
                let controller = try bench.startController(knowing: keys)
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                _ = try bench.startAgent(keys[0], port: port)
                try await controller.line(after: "agent connected name=\(Workbench.agentName) ")
                let second = try bench.startAgent(keys[1], port: port)
                try await second.line(after: "rejected by the controller: agent-name-claimed")
            }
        }
    }
}
