import Foundation
import Testing

extension EndToEnd {
    /// The ends of the tunnel go and come back; the agent stays.
    @Suite struct ReconnectTests {
        @Test func aControllerThatIsKilledAndComesBackIsDialledAgain() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let first = try bench.startController(knowing: [key])
                let port = try await first.line(after: "listening on 127.0.0.1:")
                let agent = try bench.startAgent(key, port: port)
                try await first.line(after: "agent connected name=\(Workbench.agentName) ")

                first.signal(SIGKILL)
                #expect(try await first.exit() == 128 + SIGKILL)
                try await agent.line(after: "tunnel down, dialling again")
                let second = try bench.startController(knowing: [key], port: port)
                let socket = try await second.line(after: "agent connected name=\(Workbench.agentName) socket=")
                #expect(try await Docker(socket, on: bench)("ps").status == 0)
                #expect(agent.isRunning)
            }
        }

        @Test func aControllerThatStopsInOrderIsDialledAgain() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                tunnel.controller.signal(SIGTERM)
                #expect(try await tunnel.controller.exit() == 0)
                let reason = try await tunnel.agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("closed by the controller: 1001"))
                #expect(tunnel.agent.isRunning)
            }
        }

        @Test(.enabled(if: Paths.isInstalled("dockerd"), "needs an engine of its own to stop"))
        func anEngineThatStopsAndComesBackIsUsedAgain() async throws {
            try await Workbench.use { bench in
                let folder = bench.file("engine")
                let first = try await PrivateEngine.start(in: folder, on: bench)
                let tunnel = try await bench.openTunnel(engine: first.engine.socket)
                let names = ["ps", "--format", "{{.Names}}"]
                let before = try await tunnel.docker.run(names)
                #expect(before.status == 0)

                try await first.stop()
                let answer = try await APIConnection.get("/containers/json", from: tunnel.socket)
                #expect(answer.status == 502)
                #expect(String(decoding: answer.body, as: UTF8.self).contains(#"{"message":"#))
                let failed = try await tunnel.docker.run(names)
                #expect(failed.status == 1)
                #expect(failed.errors.contains("Error response from daemon: "))
                let exec = try await tunnel.docker("exec", "demo-sleeper", "true")
                #expect(exec.status == 1)

                _ = try await PrivateEngine.start(in: folder, on: bench)
                #expect(try await tunnel.docker.run(names).output == before.output)
                #expect(!tunnel.controller.output.contains("agent disconnected"))
            }
        }
    }
}
