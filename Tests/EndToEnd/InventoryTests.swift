import Foundation
import Testing

extension EndToEnd {
    /// The controller's picture of the host, kept by events: the poll is five minutes away.
    @Suite struct InventoryTests {
        @Test func everyChangeOfAContainerIsToldInItsFrame() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let name = try await bench.sleeper()
                func becomes(_ status: String?, _ name: String) async throws {
                    try await eventually("\(name) is \(status ?? "gone")") {
                        let picture = try await tunnel.picture()
                        return picture.synced && picture.container(name)?.status == status ? () : nil
                    }
                }
                try await becomes("running", name)
                for (command, status) in [
                    (["pause"], "paused"), (["unpause"], "running"), (["kill"], "stopped"), (["start"], "running"),
                    (["restart", "--time", "0"], "running"), (["kill"], "stopped"),
                ] {
                    #expect(try await bench.direct.run(command + [name]).status == 0)
                    try await becomes(status, name)
                }
                let renamed = "\(name)-renamed"
                #expect(try await bench.direct("rename", name, renamed).status == 0)
                try await becomes("stopped", renamed)
                #expect(try await bench.direct("rm", renamed).status == 0)
                try await becomes(nil, renamed)
                let counts = try await tunnel.picture().counts
                #expect(counts["dd:container_sync"] == 1)
                #expect(counts["dd:component_sync"] == 1)
                // The engine is shared with other suites, whose containers come and go too.
                #expect(try #require(counts["dd:container_removed"]) >= 1)
                #expect(try #require(counts["container_event"]) >= 12)
            }
        }

        @Test func aHealthCheckIsSeenAndItsNoiseIsNot() async throws {
            try await Workbench.use { bench in
                // Nobody else's containers may be counted.
                let engine = try await PrivateEngine.start(in: bench.file("healthy"), on: bench).engine
                let docker = Docker(engine.socket, on: bench)
                let tunnel = try await bench.openTunnel(engine: engine.socket)
                let name = "lookout-e2e-health-\(UUID().uuidString.prefix(8).lowercased())"
                let created = try await docker(
                    "run",
                    "--detach",
                    "--name",
                    name,
                    "--network",
                    "none",
                    "--health-cmd",
                    "test ! -e /tmp/ill",
                    "--health-interval",
                    "1s",
                    "--health-retries",
                    "1",
                    Engine.image,
                    "tail",
                    "-f",
                    "/dev/null"
                )
                #expect(created.status == 0)
                func becomes(_ health: String) async throws {
                    try await eventually("it is \(health)") {
                        try await tunnel.picture().container(name)?.health == health ? () : nil
                    }
                }
                try await becomes("healthy")
                func told() async throws -> [String: Int] {
                    try await tunnel.picture().counts.filter { $0.key != "metrics" }
                }
                let before = try await told()
                // Three more checks, of each of which the engine tells with three events.
                try await Task.sleep(for: .seconds(4))
                #expect(try await told() == before)
                #expect(try await docker("exec", name, "touch", "/tmp/ill").status == 0)
                try await becomes("unhealthy")
            }
        }

        @Test func whatAContainerIsMadeOfIsTold() async throws {
            try await Workbench.use { bench in
                let name = "lookout-e2e-made-\(UUID().uuidString.prefix(8).lowercased())"
                bench.atEnd { _ = try? await bench.direct("rm", "--force", "--volumes", name) }
                let created = try await bench.direct(
                    "create",
                    "--name",
                    name,
                    "--network",
                    "none",
                    "--publish",
                    "127.0.0.1:8080:80",
                    "--expose",
                    "9/udp",
                    "--volume",
                    "\(bench.folder):/data:ro",
                    "--env",
                    "SECRET=hush",
                    "--label",
                    "dd.watch=true",
                    "--label",
                    "empty=",
                    Engine.image
                )
                #expect(created.status == 0, "\(created.errors)")
                let tunnel = try await bench.openTunnel(settings: ["SEND_ENV": "false"])
                let container = try await eventually("it is told") { try await tunnel.picture().container(name) }
                #expect(container.status == "created")
                #expect(container.details.ports == ["9/udp", "127.0.0.1:8080->80/tcp"])
                #expect(container.details.volumes == ["\(bench.folder):/data:ro"])
                #expect(container.details.env.isEmpty)
                #expect(container.details.startedAt == nil)
                #expect(container.labels["dd.watch"] == "true")
                #expect(container.labels["empty"] == "")
                let image = try await bench.direct(
                    "image",
                    "inspect",
                    "--format",
                    "{{.Architecture}} {{.Os}}",
                    Engine.image
                )
                #expect("\(container.image.architecture) \(container.image.os)\n" == image.output)
                #expect(container.image.name == "busybox")
            }
        }

        @Test func variablesGoOutWhereTheyAreAskedFor() async throws {
            try await Workbench.use { bench in
                let name = "lookout-e2e-env-\(UUID().uuidString.prefix(8).lowercased())"
                bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
                _ = try await bench.direct("create", "--name", name, "--env", "A=1=2", "--env", "B=", Engine.image)
                let tunnel = try await bench.openTunnel(settings: ["SEND_ENV": "true"])
                let container = try await eventually("it is told") { try await tunnel.picture().container(name) }
                let variables = container.details.env.map { "\($0.key)=\($0.value)" }
                #expect(variables.contains("A=1=2"))
                #expect(variables.contains("B="))
            }
        }

        @Test func aBurstOfContainersComesAndGoes() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let mark = "lookout.burst=\(UUID().uuidString)"
                let script = """
                    for i in $(seq 50); do docker create --label "$1" --network none "$2" true >/dev/null & \
                    docker create --label "$1" --network none "$2" true >/dev/null; wait; done; \
                    docker ps --all --quiet --filter "label=$1" | head -n 80 | xargs docker rm >/dev/null
                    """
                let environment = ["DOCKER_HOST": "unix://\(Engine.shared.socket)"]
                bench.atEnd {
                    let all = try? await bench.direct("ps", "--all", "--quiet", "--filter", "label=\(mark)")
                    _ = try? await bench.direct.run(["rm", "--force"] + (all?.lines ?? []))
                }
                let burst = try await bench.run(
                    "/bin/sh",
                    ["-c", script, "sh", mark, Engine.image],
                    environment: environment
                )
                #expect(burst.status == 0, "\(burst.errors)")
                let left = try await bench.direct("ps", "--all", "--quiet", "--filter", "label=\(mark)")
                #expect(left.lines.count == 20)
                try await tunnel.pictureAgrees(on: bench, with: bench.direct)
                #expect(try await tunnel.picture().counts["dd:container_sync"] == 1)
            }
        }

        @Test func theHostsFiguresAreThoseOfItsOwnTools() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel(settings: ["HEARTBEAT_INTERVAL": "1"])
                let metrics = try await eventually("a second sample is told") {
                    let picture = try await tunnel.picture()
                    return picture.counts["metrics", default: 0] > 1 ? picture.metrics : nil
                }
                let root = try await bench.direct("info", "--format", "{{.DockerRootDir}}").lines[0]
                let disk = try await bench.run(try Paths.installed("df"), ["--block-size=1", "--output=size", root])
                #expect(metrics.areDiskMetricsAvailable)
                #expect(metrics["diskTotal"] == disk.lines.last.flatMap { Double($0) })
                let memory = try String(contentsOfFile: "/proc/meminfo", encoding: .utf8)
                let total = memory.split(separator: "\n")[0].split(separator: " ")[1]
                #expect(metrics["memoryTotal"] == Double(total).map { $0 * 1024 })
                let processors = try await bench.run(try Paths.installed("getconf"), ["_NPROCESSORS_ONLN"])
                #expect(metrics["cpuCores"] == Double(processors.lines[0]))
                #expect((0...100).contains(try #require(metrics["cpuUsage"])))
                #expect(try #require(metrics["uptime"]) > 0)
            }
        }

        /// Neither a host without an engine nor one whose engine goes away keeps the agent from its controller.
        @Test func theEngineMayComeLateAndGo() async throws {
            try await Workbench.use { bench in
                let folder = bench.file("later")
                let tunnel = try await bench.openTunnel(engine: "\(folder)/docker.sock")
                #expect(try await tunnel.picture().synced == false)
                for _ in 0..<2 {
                    let engine = try await PrivateEngine.start(in: folder, on: bench)
                    let docker = Docker(engine.engine.socket, on: bench)
                    try await tunnel.pictureAgrees(on: bench, with: docker)
                    #expect(try await tunnel.picture().containers.count == 3)
                    try await engine.stop()
                }
                #expect(try await tunnel.picture().counts["dd:container_sync"] == 1)
            }
        }
    }
}
