import Foundation
import Testing

extension EndToEnd {
    /// Logs and deletes as a Drydock asks for them, with the reference controller's own commands.
    @Suite struct AdapterTests {
        @Test func aLogIsPrintedWhole() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("sh", "-c", "seq 1 5; echo é€🚀 >&2")
                #expect(try await bench.direct("wait", name).status == 0)
                let tunnel = try await bench.openTunnel()
                let all = try await bench.controller("logs", tunnel.socket, name)
                #expect(all.output.split(separator: "\n").sorted() == ["1", "2", "3", "4", "5", "é€🚀"])
                let tail = try await bench.controller("logs", tunnel.socket, name, "--tail", "1")
                #expect(tail.lines.count == 1)
                let later = try await bench.controller("logs", tunnel.socket, name, "--since", "4000000000")
                #expect(later.status == 0)
                #expect(later.output == "")
            }
        }

        @Test func aTerminalsLogHasNoHeadersEither() async throws {
            try await Workbench.use { bench in
                let name = "lookout-e2e-tty-\(UUID().uuidString.prefix(8).lowercased())"
                bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
                let ran = try await bench.direct(
                    "run",
                    "--tty",
                    "--name",
                    name,
                    "--network",
                    "none",
                    Engine.image,
                    "echo",
                    "héllo"
                )
                #expect(ran.status == 0)
                let tunnel = try await bench.openTunnel()
                #expect(try await bench.controller("logs", tunnel.socket, name).output == "héllo\r\n")
            }
        }

        @Test func aLogOfNobodySaysSo() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let answer = try await bench.controller("logs", tunnel.socket, "no-such-container")
                #expect(answer.output == "error: No such container: no-such-container")
                let live = try await bench.controller("logs", tunnel.socket, "no-such-container", "--follow")
                #expect(live.status != 0)
                #expect(live.errors.contains("No such container: no-such-container"))
            }
        }

        /// The released viewer sends `since` as a number.
        @Test func aLogIsFollowedUntilTheContainerIsRemoved() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container(
                    "sh",
                    "-c",
                    "n=0; while :; do n=$((n+1)); echo $n; sleep 0.1; done"
                )
                let tunnel = try await bench.openTunnel()
                let follower = try bench.startController("logs", tunnel.socket, name, "--follow", "--since", "0")
                try await eventually("lines come") { follower.output.contains("5\n") ? () : nil }
                let deleted = try await bench.controller("delete", tunnel.socket, name)
                #expect(deleted.status == 0, "\(deleted.errors)")
                #expect(try await follower.exit() == 0)
                let lines = follower.output.split(separator: "\n").compactMap { Int($0) }
                #expect(lines == Array(1...(lines.last ?? 1)))
                #expect(try await bench.direct("inspect", name).status != 0)
                try await tunnel.pictureAgrees(on: bench, with: bench.direct)
            }
        }

        @Test func aViewerThatLeavesEndsTheEnginesConnection() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("sh", "-c", "echo ready; tail -f /dev/null")
                let tunnel = try await bench.openTunnel()
                let followers = try (0..<5).map { _ in
                    try bench.startController("logs", tunnel.socket, name, "--follow")
                }
                for follower in followers { try await follower.line(after: "ready") }
                let open = try tunnel.agent.unixSockets()
                for follower in followers { follower.signal(SIGINT) }
                // Sooner than an idle connection grows old, so these are the followers'.
                try await eventually("their connections are closed", within: .seconds(10)) {
                    try open.subtracting(tunnel.agent.unixSockets()).count >= 5 ? () : nil
                }
            }
        }

        @Test func aDeleteOfNobodySaysSo() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let answer = try await bench.controller("delete", tunnel.socket, "no-such-container")
                #expect(answer.status != 0)
                #expect(answer.errors.contains("No such container: no-such-container"))
            }
        }

        @Test func theTableShowsAgentsContainersAndFigures() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                try await eventually("figures are told") {
                    try await tunnel.picture().metrics == nil ? nil : ()
                }
                let table = try await bench.controller("watch", "--once", "--sockets", bench.file("sockets"))
                #expect(table.status == 0, "\(table.errors)")
                #expect(table.output.hasPrefix("\(Workbench.agentName)  "))
                #expect(table.output.contains("memory "))
                #expect(table.lines.contains { $0.contains(name) && $0.contains("running") && $0.contains("busybox") })
            }
        }
    }
}
