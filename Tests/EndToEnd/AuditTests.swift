import Foundation
import Testing

extension EndToEnd {
    /// `lookout audit` beside real containers, each with one dangerous setting.
    @Suite struct AuditTests {
        private static func audit(_ bench: Workbench, _ arguments: [String]) async throws -> Outcome {
            try await bench.run(
                try Paths.built("lookout"),
                ["audit"] + arguments,
                environment: ["DOCKER_SOCKET": Engine.shared.socket]
            )
        }

        /// `severity rule` of what is said about one container.
        private static func findings(_ outcome: Outcome, of name: String) throws -> [String] {
            struct Report: Decodable {
                let findings: [Finding]
                struct Finding: Decodable {
                    let severity: String
                    let rule: String
                    let container: String
                }
            }
            return try JSONDecoder().decode(Report.self, from: outcome.bytes).findings
                .filter { $0.container == name }.map { "\($0.severity) \($0.rule)" }
        }

        @Test(arguments: Setting.all)
        func aSettingIsFoundLiveAndOffline(_ setting: Setting) async throws {
            try await Workbench.use { bench in
                let name = try await setting.container(on: bench)
                let live = try await Self.audit(bench, ["--json"])
                #expect(try Self.findings(live, of: name) == setting.expected)

                let inspected = try await bench.direct("inspect", name)
                let file = try bench.write(inspected.bytes, to: "inspect.json")
                let offline = try await Self.audit(bench, ["--offline", "--inspect-file", file, "--json"])
                #expect(try Self.findings(offline, of: name) == setting.expected)
                let fails = setting.isDangerous
                #expect(offline.status == (fails ? 1 : 0))
                #expect(offline.errors == "")
            }
        }

        @Test func aStoppedContainerIsSeenWithAllOnly() async throws {
            try await Workbench.use { bench in
                let name = try await Setting("--user 1000 --pid host").container(on: bench)
                _ = try await bench.direct("kill", name)
                #expect(try Self.findings(try await Self.audit(bench, ["--json"]), of: name) == [])
                let all = try await Self.audit(bench, ["--json", "--all"])
                #expect(try Self.findings(all, of: name) == ["high host-pid-namespace"])
            }
        }

        @Test func aVolumeInDisguiseIsFoundLive() async throws {
            try await Workbench.use { bench in
                let volume = Workbench.unusedName
                bench.atEnd { _ = try? await bench.direct("volume", "rm", "--force", volume) }
                let created = try await bench.direct(
                    "volume",
                    "create",
                    "--opt",
                    "type=none",
                    "--opt",
                    "o=bind",
                    "--opt",
                    "device=/etc",
                    volume
                )
                try #require(created.status == 0, "\(created.errors)")
                let name = try await Setting("--user 1000 --volume \(volume):/v").container(on: bench)
                let outcome = try await Self.audit(bench, ["--json", "--rule", "volume-on-host-path"])
                #expect(try Self.findings(outcome, of: name) == ["high volume-on-host-path"])
            }
        }

        /// A service that has no task on this host is judged all the same.
        @Test func servicesOfASwarmAreFoundLive() async throws {
            try await Workbench.use { bench in
                let engine = try await PrivateEngine.start(in: bench.file("engine"), on: bench)
                let docker = Docker(engine.engine.socket, on: bench)
                let port = try FreePort.find()
                let begun = try await docker.run([
                    "swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", "127.0.0.1:\(port)",
                ])
                try #require(begun.status == 0, "\(begun.errors)")
                let mount = "type=bind,source=/var/run/docker.sock,target=/s"
                let options = ["--detach", "--replicas", "0", "--name", "agent", "--user", "1000", "--mount", mount]
                let created = try await docker.run(
                    ["service", "create", "--no-resolve-image"] + options + [Engine.image, "true"]
                )
                try #require(created.status == 0, "\(created.errors)")
                let audit = try await bench.run(
                    try Paths.built("lookout"),
                    ["audit", "--json"],
                    environment: ["DOCKER_SOCKET": engine.engine.socket]
                )
                #expect(audit.status == 1, "\(audit.errors)")
                #expect(try Self.findings(audit, of: "agent") == ["critical docker-socket-mount"])
                let inspected = try await docker.run(["service", "inspect", "agent"])
                let file = try bench.write(inspected.bytes, to: "service.json")
                #expect(
                    try Self.findings(try await Self.audit(bench, ["--json", file]), of: "agent") == [
                        "critical docker-socket-mount"
                    ]
                )
                #expect(try await docker.run(["swarm", "leave", "--force"]).status == 0)
            }
        }

        @Test(arguments: [("[]", 0), ("{bad", 2), (#""x""#, 2), ("[1]", 2), (#"{"Names":[]}"#, 2), ("", 2)])
        func aFileDecidesTheStatus(text: String, status: Int32) async throws {
            try await Workbench.use { bench in
                let file = try bench.write(Data(text.utf8), to: "input.json")
                let outcome = try await Self.audit(bench, [file])
                #expect(outcome.status == status)
                #expect(outcome.output.isEmpty == (status == 2))
                #expect(outcome.errors.contains("input.json: ") == (status == 2))
            }
        }

        @Test func anEngineOrAFileThatIsNotThereIsTwo() async throws {
            try await Workbench.use { bench in
                let file = try await Self.audit(bench, [bench.file("none.json")])
                #expect(file.status == 2)
                let engine = try await bench.run(
                    try Paths.built("lookout"),
                    ["audit"],
                    environment: ["DOCKER_SOCKET": bench.file("none.sock")]
                )
                #expect(engine.status == 2)
                #expect(engine.errors.contains("is Docker running"))
            }
        }

        /// The shell's pipe is closed before anything is written.
        @Test func aClosedPipeDoesNotChangeTheStatus() async throws {
            try await Workbench.use { bench in
                let json = #"[{"HostConfig":{"Privileged":true}}]"#
                let file = try bench.write(Data(json.utf8), to: "input.json")
                let script = #"{ sleep 1; "$1" audit "$2"; echo $? >"$3"; } | true"#
                let status = bench.file("status")
                let words = ["-c", script, "sh", try Paths.built("lookout"), file, status]
                let outcome = try await bench.run("/bin/sh", words)
                #expect(try String(contentsOfFile: status, encoding: .utf8) == "1\n")
                #expect(outcome.errors == "")
            }
        }

        @Test func whatIsAcceptedOrKnownDoesNotFail() async throws {
            try await Workbench.use { bench in
                let json = #"[{"Name":"a","Config":{"User":"1"},"HostConfig":{"Privileged":true}}]"#
                let file = try bench.write(Data(json.utf8), to: "input.json")
                let entry = #"[{"rule":"privileged-container","container":"a","reason":"r","expires":"2999-12-31"}]"#
                let accepted = try bench.write(Data(entry.utf8), to: "accepted.json")
                let suppressed = try await Self.audit(bench, [file, "--suppressions", accepted])
                #expect(suppressed.status == 0)
                #expect(suppressed.output.contains("No security findings."))

                let past = entry.replacing("2999", with: "1999")
                let expired = try bench.write(Data(past.utf8), to: "expired.json")
                let back = try await Self.audit(bench, [file, "--suppressions", expired])
                #expect(back.status == 1)
                #expect(back.errors.contains("ended on 1999-12-31"))

                let known = bench.file("known.json")
                #expect(try await Self.audit(bench, [file, "--write-baseline", known]).status == 0)
                #expect(try await Self.audit(bench, [file, "--baseline", known]).status == 0)
                let other = try bench.write(Data(json.replacing("\"a\"", with: "\"b\"").utf8), to: "other.json")
                #expect(try await Self.audit(bench, [file, other, "--baseline", known]).status == 1)
                #expect(try await Self.audit(bench, [file, "--baseline", file]).status == 2)
            }
        }
    }
}
