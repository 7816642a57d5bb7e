import Foundation
import Testing

extension EndToEnd {
    /// What the agent tells about itself.
    @Suite struct StatusTests {
        private static func ask(_ bench: Workbench, _ arguments: String...) async throws -> Outcome {
            let environment = ["BIND_ADDRESS": "unix:\(bench.operationsSocket)"]
            return try await bench.run(try Paths.built("lookout"), arguments, environment: environment)
        }

        @Test func aConnectedAgentIsHealthyReadyAndSaysSo() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel(settings: ["STATE_DIR": bench.folder])
                try await tunnel.agent.line(after: "listening for health checks and status")
                #expect(try await Self.ask(bench, "healthcheck").status == 0)
                let ready = try await Self.ask(bench, "healthcheck", "--ready")
                #expect(ready.status == 0)
                #expect(ready.output.contains(#""docker":"connected","controller":"connected""#))
                let status = try await Self.ask(bench, "status")
                #expect(status.status == 0)
                #expect(status.output.contains("connected since "))
                #expect(status.output.contains("memory "))
                #expect(try await Self.ask(bench, "dial").output == "connected already\n")
                let json = try await Self.ask(bench, "status", "--json")
                let object = try JSONSerialization.jsonObject(with: json.bytes) as? [String: Any]
                #expect(object?["state"] as? String == "connected")
                #expect(object?["welcomes"] as? Int == 1)
            }
        }

        @Test func anAgentWhoseEngineIsGoneIsAliveAndNotReady() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel(engine: bench.file("no.sock"))
                try await tunnel.agent.line(after: "listening for health checks and status")
                #expect(try await Self.ask(bench, "healthcheck").status == 0)
                let ready = try await Self.ask(bench, "healthcheck", "--ready")
                #expect(ready.status == 1)
                #expect(ready.output.contains(#""docker":"disconnected","controller":"connected""#))
            }
        }

        @Test func aParkedAgentSaysWhyAndKeepsItsHistory() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let controller = try bench.startController(knowing: [])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                let settings = ["STATE_DIR": bench.folder]
                let agent = try bench.startAgent(key, port: port, settings: settings)
                let line = try await agent.line(after: "parked: ")
                #expect(line.contains("unknown-key"))
                let dial = try await Self.ask(bench, "dial")
                #expect(dial.status == 0)
                #expect(dial.output.hasPrefix("dialling"))
                try await agent.line(after: "parked: ")
                let ready = try await Self.ask(bench, "healthcheck", "--ready")
                #expect(ready.status == 1)
                #expect(ready.output.contains(#""code":"unknown-key","remedy":"Register this agent's public key"#))
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: .seconds(5)) == 0)

                let second = try bench.startAgent(key, port: port, settings: settings)
                try await second.line(after: "parked: ")
                let status = try await Self.ask(bench, "status")
                #expect(status.status == 1)
                #expect(status.output.contains("parked with unknown-key: Register"))
                #expect(status.output.components(separatedBy: "rejected by the controller").count >= 3, "both runs")
            }
        }

        @Test func parkingCanEndTheAgent() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let controller = try bench.startController(knowing: [])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                let agent = try bench.startAgent(key, port: port, settings: ["PARK": "exit"])
                #expect(try await agent.exit() == 1)
                #expect(agent.output.contains("unknown-key"))
            }
        }

        @Test func nobodyThereIsAFailureThatSaysWhere() async throws {
            try await Workbench.use { bench in
                for command in ["status", "dial", "healthcheck"] {
                    let outcome = try await Self.ask(bench, command)
                    #expect(outcome.status == 1)
                    #expect(outcome.errors.contains("no agent answers at unix:\(bench.operationsSocket): No such file"))
                }
            }
        }

        /// A Drydock has the agent's usual port, too, and answers /health.
        @Test(arguments: ["status", "dial", "healthcheck"])
        func anotherProgramIsNotTakenForTheAgent(command: String) async throws {
            try await Workbench.use { bench in
                let outcome = try await bench.run(
                    try Paths.built("lookout"),
                    [command],
                    environment: ["BIND_ADDRESS": "unix:\(Engine.shared.socket)"]
                )
                #expect(outcome.status == 1)
                #expect(outcome.output == "")
                #expect(outcome.errors.contains("is another program (HTTP 404)"))
            }
        }
    }
}
