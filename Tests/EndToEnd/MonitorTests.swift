import Foundation
import Testing

extension EndToEnd {
    /// `lookout monitor` beside a real engine.
    @Suite struct MonitorTests {
        static func monitor(
            _ bench: Workbench,
            _ arguments: [String],
            socket: String = Engine.shared.socket
        ) async throws -> Program {
            let monitor = try bench.start(
                try Paths.built("lookout"),
                ["monitor"] + arguments,
                environment: ["DOCKER_SOCKET": socket]
            )
            try await eventually("it follows the engine", details: { monitor.errors }) {
                monitor.errors.contains("following the engine") ? () : nil
            }
            return monitor
        }

        /// `severity rule` of what was said about one container so far.
        static func findings(_ monitor: Program, of name: String) throws -> [String] {
            struct Line: Decodable {
                let time: String
                let severity: String
                let rule: String
                let container: String
            }
            return try monitor.output.split(separator: "\n")
                .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
                .filter { $0.container == name && $0.time.hasPrefix("20") && $0.time.hasSuffix("Z") }
                .map { "\($0.severity) \($0.rule)" }
        }

        @Test func everyStartIsToldOfAndOnlyStarts() async throws {
            try await Workbench.use { bench in
                let before = try await Setting("--user 1000 --privileged").container(on: bench)
                let monitor = try await Self.monitor(bench, ["--json"])
                for setting in Setting.all {
                    let name = try await setting.container(on: bench)
                    try await eventually("\(setting.options) is found", details: { monitor.output + monitor.errors }) {
                        try Self.findings(monitor, of: name) == setting.expected ? () : nil
                    }
                }
                #expect(try Self.findings(monitor, of: before) == [])
                _ = try await bench.direct("restart", "--time", "0", before)
                try await eventually("a restart is a start") {
                    try Self.findings(monitor, of: before) == ["critical privileged-container"] ? () : nil
                }
                monitor.signal(SIGTERM)
                #expect(try await monitor.exit() == 1)
                #expect(monitor.errors == "lookout: following the engine\n")
            }
        }

        @Test func aCleanContainerIsALineOfText() async throws {
            try await Workbench.use { bench in
                let monitor = try await Self.monitor(bench, ["--no-color"])
                let name = try await Setting("--user 1000").container(on: bench)
                try await monitor.line(after: "OK    \(name) — no findings")
                let other = try await Setting("").container(on: bench)
                try await monitor.line(after: "  MEDIUM  \(other)  root-user  ")
                monitor.signal(SIGINT)
                #expect(try await monitor.exit() == 0)
                #expect(monitor.output.hasPrefix("Lookout monitor  "))
            }
        }

        @Test func thoseThatRunAlreadyAreToldOfWhenAsked() async throws {
            try await Workbench.use { bench in
                let name = try await Setting("--user 1000 --pid host").container(on: bench)
                let monitor = try await Self.monitor(bench, ["--json", "--initial"])
                try await eventually("it is found", details: { monitor.output }) {
                    try Self.findings(monitor, of: name) == ["high host-pid-namespace"] ? () : nil
                }
            }
        }

        @Test func whatExecStartsIsLookedAt() async throws {
            try await Workbench.use { bench in
                let name = try await Setting("--user 1000").container(on: bench)
                let rules = ["--rule", "privileged-exec", "--rule", "root-exec"]
                let monitor = try await Self.monitor(bench, ["--json"] + rules)
                _ = try await bench.direct("exec", name, "true")
                _ = try await bench.direct("exec", "--privileged", name, "true")
                _ = try await bench.direct("exec", "--user", "0", name, "true")
                _ = try await bench.direct("exec", "--user", "1000", name, "true")
                // A sign changes nothing for the engine.
                let signed = try await bench.direct("exec", "--user", "+0", name, "id", "-u")
                #expect(signed.output == "0\n", "\(signed.errors)")
                let expected = ["high privileged-exec", "low root-exec", "low root-exec"]
                try await eventually("they are found, in order", details: { monitor.output + monitor.errors }) {
                    try Self.findings(monitor, of: name) == expected ? () : nil
                }
                monitor.signal(SIGTERM)
                #expect(try await monitor.exit() == 1)
            }
        }

        /// What the engine starts by itself when it comes back is over before anybody can ask for its events.
        @Test func noStartIsMissedWhenTheEngineComesBack() async throws {
            try await Workbench.use { bench in
                let engine = try await PrivateEngine.start(in: bench.file("engine"), on: bench)
                let docker = Docker(engine.engine.socket, on: bench)
                // The first process of a container does not mind SIGTERM, and the engine would give it 10 s.
                let stop = ["--stop-signal", "KILL"]
                let options = ["--detach", "--restart", "always", "--network", "none", "--user", "1000"] + stop
                let created = try await docker.run(
                    ["run", "--name", "again", "--pid", "host"] + options + [Engine.image, "tail", "-f", "/dev/null"]
                )
                try #require(created.status == 0, "\(created.errors)")
                let monitor = try await Self.monitor(bench, ["--json"], socket: engine.engine.socket)
                try await engine.restart(on: bench)
                try await eventually("its new start is told of", details: { monitor.output + monitor.errors }) {
                    try Self.findings(monitor, of: "again") == ["high host-pid-namespace"] ? () : nil
                }
                let told = monitor.errors.split(separator: "\n").map { $0.prefix { $0 != "," } }
                #expect(
                    told == [
                        "lookout: following the engine", "lookout: lost the engine", "lookout: the engine is back",
                    ]
                )
                _ = try await docker("rm", "--force", "again")
            }
        }

        @Test func anEngineThatIsNotThereIsTwo() async throws {
            try await Workbench.use { bench in
                let outcome = try await bench.run(
                    try Paths.built("lookout"),
                    ["monitor"],
                    environment: ["DOCKER_SOCKET": bench.file("none.sock")]
                )
                #expect(outcome.status == 2)
                #expect(outcome.errors.contains("is Docker running"))
            }
        }
    }
}

extension EndToEndWaits {
    /// `lookout monitor` beside an engine that starts many containers.
    @Suite struct MonitorBurstTests {
        /// Starts in bursts, of containers that end at once: each is told once, in whatever time the engine takes for them.
        @Test func twoHundredStartsAreToldOnceEach() async throws {
            try await Workbench.use { bench in
                let names = (0..<20).map { "\(Workbench.unusedName)-\($0)" }
                bench.atEnd { _ = try? await bench.direct.run(["rm", "--force"] + names) }
                for name in names {
                    let options = ["--name", name, "--network", "none", "--user", "1000", "--pid", "host"]
                    let created = try await bench.direct.run(["create"] + options + [Engine.image, "true"])
                    try #require(created.status == 0, "\(created.errors)")
                }
                let monitor = try await EndToEnd.MonitorTests.monitor(
                    bench,
                    ["--json", "--rule", "host-pid-namespace"]
                )
                // One that still runs would not be started again.
                let script = #"printf '%s\n' "$@" | xargs -P 4 -n 5 "$DOCKER" start && exec "$DOCKER" wait "$@""#
                for _ in 0..<10 {
                    let started = try await bench.run(
                        "/bin/sh",
                        ["-c", script, "sh"] + names,
                        environment: [
                            "DOCKER": try Paths.installed("docker"), "DOCKER_HOST": "unix://\(Engine.shared.socket)",
                        ]
                    )
                    try #require(started.status == 0, "\(started.errors)")
                }
                let last = try await Setting("--user 1000 --pid host").container(on: bench)
                try await eventually("the last start is told", details: { monitor.errors }) {
                    try EndToEnd.MonitorTests.findings(monitor, of: last).isEmpty ? nil : ()
                }
                for name in names {
                    let told = try EndToEnd.MonitorTests.findings(monitor, of: name)
                    #expect(told == Array(repeating: "high host-pid-namespace", count: 10), "\(name)")
                }
                #expect(monitor.errors == "lookout: following the engine\n")
            }
        }
    }
}
