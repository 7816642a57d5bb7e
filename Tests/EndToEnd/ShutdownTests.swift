import Foundation
import Testing

extension EndToEnd {
    /// What the signals do.
    @Suite struct ShutdownTests {
        /// The contract's own limit: a supervisor kills what is not gone twice as late.
        private static let limit = Duration.seconds(5)

        @Test func anIdleAgentTakesItsLeave() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                tunnel.agent.signal(SIGTERM)
                #expect(try await tunnel.agent.exit(within: Self.limit) == 0)
                try await Self.leaveIsSeen(by: tunnel)
            }
        }

        @Test(arguments: [SIGTERM, SIGINT])
        func anAgentUnderLoadTakesItsLeave(_ signal: CInt) async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("yes", "a line that fills the tunnel")
                let tunnel = try await bench.openTunnel()
                let follower = try tunnel.docker.start("logs", "--follow", name)
                try await follower.line(after: "a line that")
                let exec = try tunnel.docker.start("exec", name, "sh", "-c", "echo ready; exec tail -f /dev/null")
                try await exec.line(after: "ready")
                let events = try APIConnection(tunnel.socket)
                try events.ask("/events")
                #expect(try await events.status() == 200)

                tunnel.agent.signal(signal)
                #expect(try await tunnel.agent.exit(within: Self.limit) == 0)
                try await Self.leaveIsSeen(by: tunnel)
                #expect(try await exec.exit() != 0)
                _ = try await follower.exit()
            }
        }

        @Test func anAgentWithFiftyStreamsAndTenTerminalsTakesItsLeave() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("yes", "a line that fills the tunnel")
                let tunnel = try await bench.openTunnel()
                let streams = try (0..<50).map { _ in
                    let stream = try APIConnection(tunnel.socket)
                    try stream.ask("/containers/\(name)/logs?follow=1&stdout=1&tail=1")
                    return stream
                }
                for stream in streams { #expect(try await stream.status() == 200) }
                let terminals = try (0..<10).map { _ in
                    try tunnel.docker.start("exec", name, "sh", "-c", "echo ready; exec tail -f /dev/null")
                }
                for terminal in terminals { try await terminal.line(after: "ready") }

                tunnel.agent.signal(SIGTERM)
                #expect(try await tunnel.agent.exit(within: Self.limit) == 0)
                try await Self.leaveIsSeen(by: tunnel)
            }
        }

        @Test func anAgentWhoseControllerHasStalledStopsToo() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("yes", "a line that fills the tunnel")
                let tunnel = try await bench.openTunnel()
                let follower = try tunnel.docker.start("logs", "--follow", name)
                try await follower.line(after: "a line that")
                tunnel.controller.signal(SIGSTOP)
                tunnel.agent.signal(SIGTERM)
                #expect(try await tunnel.agent.exit(within: Self.limit) == 0)
            }
        }

        @Test func anAgentThatWaitsForItsControllerStopsToo() async throws {
            try await Workbench.use { bench in
                // Nobody listens at port 1.
                let settings = ["RECONNECT_DELAY": "60"]
                let agent = try bench.startAgent(try await bench.makeKey(), port: "1", settings: settings)
                try await agent.line(after: "tunnel down, dialling again")
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 0)
            }
        }

        @Test func anAgentThatDialsIntoTheVoidStopsToo() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let controller = try bench.startController(knowing: [key])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                // The kernel still accepts connections for it; nobody answers the upgrade.
                controller.signal(SIGSTOP)
                let agent = try bench.startAgent(key, port: port)
                try await agent.line(after: "dialling")
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 0)
            }
        }

        @Test func anAgentThatWaitsForItsEngineStopsToo() async throws {
            try await Workbench.use { bench in
                let agent = try bench.start(
                    [try Paths.built("lookout")],
                    environment: [
                        "DOCKER_SOCKET": bench.file("no-engine.sock"), "BIND_ADDRESS": "unix:\(bench.file("l.sock"))",
                        "ALLOW_UNAUTHENTICATED": "true", "LOG_FORMAT": "text",
                    ]
                )
                try await agent.line(after: "the Docker engine does not answer")
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 0)
            }
        }

        @Test func aParkedAgentStopsToo() async throws {
            try await Workbench.use { bench in
                let controller = try bench.startController(knowing: [])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                let agent = try bench.startAgent(try await bench.makeKey(), port: port)
                try await agent.line(after: "parked: ")
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 0)
            }
        }

        @Test func aHangUpChangesNothing() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                tunnel.agent.signal(SIGHUP)
                try await tunnel.agent.line(after: "SIGHUP")
                #expect(try await tunnel.docker("ps").status == 0)
                #expect(!tunnel.controller.output.contains("agent disconnected"))
                #expect(tunnel.agent.isRunning)
            }
        }

        private static func leaveIsSeen(by tunnel: Tunnel) async throws {
            let leave = try await tunnel.controller.line(after: "agent disconnected name=\(Workbench.agentName) ")
            #expect(leave == "code=1000 reason=shutdown")
        }
    }
}
