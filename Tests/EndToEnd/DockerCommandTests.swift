import Testing

extension EndToEnd {
    /// The unmodified docker command line at the controller's end; exec and logs have suites of their own.
    @Suite struct DockerCommandTests {
        @Test(arguments: [
            ["version", "--format", "{{.Server.Version}} {{.Server.APIVersion}}"],
            // Of what no test beside this one makes or takes away, without words like "5 minutes ago".
            [
                "images", "--no-trunc", "--filter", "reference=\(Engine.image)", "--format",
                "{{.ID}} {{.Tag}} {{.Size}}",
            ],
            ["image", "inspect", Engine.image],
            ["info", "--format", "{{.ID}}"],
            ["network", "ls", "--no-trunc", "--filter", "type=builtin"],
        ])
        func saysTheSameAsPastTheTunnel(_ arguments: [String]) async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let expected = try await bench.direct.run(arguments)
                let outcome = try await tunnel.docker.run(arguments)
                #expect(outcome.status == 0)
                #expect(outcome.output == expected.output)
                #expect(outcome.errors == expected.errors)
                #expect(!outcome.output.isEmpty)
            }
        }

        @Test func psAndInspectSayTheSameAsPastTheTunnel() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let list = try await tunnel.docker(
                    "ps",
                    "--filter",
                    "name=\(name)",
                    "--format",
                    "{{.Names}} {{.Image}}"
                )
                #expect(list.output == "\(name) \(Engine.image)\n")
                let expected = try await bench.direct("inspect", name)
                #expect(try await tunnel.docker("inspect", name).output == expected.output)
                let missing = try await tunnel.docker("inspect", "no-such-container")
                #expect(missing.status == 1)
                #expect(missing.errors.contains("no-such-container"))
            }
        }

        @Test func statsOfOneMomentHaveFigures() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let format = "{{.Name}} {{.MemUsage}} {{.PIDs}}"
                let stats = try await tunnel.docker("stats", "--no-stream", "--format", format, name)
                #expect(stats.status == 0)
                #expect(stats.output.contains(/^\S+ \d[\d.]*[KM]iB \/ \d[\d.]*[KMGT]iB \d+\n$/))
                #expect(stats.output.hasPrefix(name))
            }
        }

        @Test func eventsArriveWhileTheyHappen() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                // From the beginning: the create event shows when the stream is there.
                let events = try tunnel.docker.start(
                    "events",
                    "--since",
                    "1",
                    "--filter",
                    "container=\(name)",
                    "--format",
                    "event={{.Action}}"
                )
                try await events.line(after: "event=create")
                #expect(try await tunnel.docker("kill", name).status == 0)
                try await events.line(after: "event=die")
                let removal = try await tunnel.docker("rm", "--force", name)
                #expect(removal.output == "\(name)\n")
                try await events.line(after: "event=destroy")
                #expect(try await bench.direct("inspect", name).status == 1)
            }
        }

        @Test func aRunThatIsDetachedAndWaitedFor() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let run = try await tunnel.docker(
                    "run",
                    "--detach",
                    "--network",
                    "none",
                    Engine.image,
                    "sh",
                    "-c",
                    "exit 5"
                )
                #expect(run.status == 0)
                let id = try #require(run.lines.last)
                bench.atEnd { _ = try? await bench.direct("rm", "--force", id) }
                #expect(try await tunnel.docker("wait", id).output == "5\n")
                #expect(try await tunnel.docker("rm", id).status == 0)
            }
        }

        // Port 1 of this machine: refused at once, and no other machine is asked.
        @Test func aPullOfAMissingImageFailsWithTheEnginesSentence() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let pull = try await tunnel.docker("pull", "127.0.0.1:1/no/such:image")
                #expect(pull.status == 1)
                #expect(pull.errors.contains("Error response from daemon"))
                #expect(pull.errors.contains("connection refused"))
            }
        }
    }
}
