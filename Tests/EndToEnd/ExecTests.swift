import Foundation
import Testing

extension EndToEnd {
    @Suite struct ExecTests {
        @Test func outputErrorsAndExitCodeArriveApart() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let outcome = try await tunnel.docker("exec", name, "sh", "-c", "echo out; echo err >&2; exit 7")
                #expect(outcome.status == 7)
                #expect(outcome.output == "out\n")
                #expect(outcome.errors == "err\n")
            }
        }

        @Test func oneMoreThanTheSettingAllowsIsRefusedInBothModes() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let settings = ["MAX_EXEC_SESSIONS": "1"]
                let tunnel = try await bench.openTunnel(settings: settings)
                let (_, listener) = try await bench.startStandard(settings)
                // Of a refused upgrade the docker command shows the status alone.
                for (socket, reason) in [(tunnel.socket, "received 502"), (listener, "received 503")] {
                    let docker = Docker(socket, on: bench)
                    let first = try docker.start("exec", name, "sh", "-c", "echo there; sleep 600")
                    try await first.line(after: "there")
                    let second = try await docker("exec", name, "true")
                    #expect(second.status != 0)
                    #expect((second.errors + second.output).contains(reason), "\(second.errors)\(second.output)")
                    first.signal(SIGTERM)
                    _ = try await first.exit()
                    try await eventually("a session is accepted again") {
                        try await docker("exec", name, "true").status == 0 ? () : nil
                    }
                }
            }
        }

        // An engine sends the head of its answer in several pieces, and how they arrive differs from time to time.
        @Test func thirtyInARowAllRun() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                for number in 1...30 {
                    let outcome = try await tunnel.docker("exec", name, "echo", "\(number)")
                    #expect(outcome.status == 0, "\(outcome.errors)")
                    #expect(outcome.output == "\(number)\n")
                }
            }
        }

        @Test func inputIsAnsweredWhileTheCommandRuns() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let keyboard = Pipe()
                let exec = try tunnel.docker.start(
                    "exec",
                    "--interactive",
                    name,
                    "sh",
                    "-c",
                    "while read -r line; do [ \"$line\" = end ] && exit 4; echo \"got $line\"; done",
                    input: keyboard.fileHandleForReading
                )
                for word in ["one", "two"] {
                    try keyboard.fileHandleForWriting.write(contentsOf: Data("\(word)\n".utf8))
                    try await exec.line(after: "got \(word)")
                }
                try keyboard.fileHandleForWriting.write(contentsOf: Data("end\n".utf8))
                #expect(try await exec.exit() == 4)
                #expect(exec.output == "got one\ngot two\n")
            }
        }

        @Test func aMebibyteOfInputComesBackToTheByte() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let bytes = Data((0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })
                let file = try bench.write(bytes, to: "input")
                let outcome = try await tunnel.docker(
                    "exec",
                    "--interactive",
                    name,
                    "head",
                    "-c",
                    "\(bytes.count)",
                    input: try FileHandle(forReadingFrom: URL(filePath: file))
                )
                #expect(outcome.status == 0)
                #expect(outcome.bytes.count == bytes.count)
                // Compared first: to show where a MiB differs would take the test library minutes.
                let isEqual = outcome.bytes == bytes
                #expect(isEqual)
            }
        }

        @Test func aTerminalEchoesIsResizedAndTellsTheExitCode() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let terminal = try Terminal(columns: 132, rows: 50)
                let exec = try tunnel.docker.start("exec", "-it", name, "sh", terminal: terminal)
                try await terminal.shows("#")

                // The answer differs from what was typed, so an echo alone does not pass for it.
                try terminal.type("echo $((40 + 2))\n")
                try await terminal.shows("echo $((40 + 2))")
                try await terminal.shows("\r\n42\r\n")

                try await Self.size(50, 132, isSeenOn: terminal)
                terminal.resize(columns: 100, rows: 40)
                try await Self.size(40, 100, isSeenOn: terminal)

                try terminal.type("exit 3\n")
                #expect(try await exec.exit() == 3)
            }
        }

        // Asked again and again: nothing tells a client when its resize has reached the container.
        private static func size(_ rows: Int, _ columns: Int, isSeenOn terminal: Terminal) async throws {
            var count = 0
            try await eventually("stty tells \(rows) \(columns)", details: terminal.screen) {
                count += 1
                try terminal.type("echo answer-\(count): $(stty size) .\n")
                let answer = try await terminal.text(between: "\r\nanswer-\(count): ", and: " .")
                return answer == "\(rows) \(columns)" ? () : nil
            }
        }

        @Test func anExecInNoContainerIsRefusedWithTheEnginesSentence() async throws {
            try await Workbench.use { bench in
                let tunnel = try await bench.openTunnel()
                let outcome = try await tunnel.docker("exec", "no-such-container", "true")
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("no-such-container"))
                #expect(outcome.output == "")
            }
        }

        @Test func aCommandWhoseClientIsKilledEnds() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let keyboard = Pipe()
                let exec = try tunnel.docker.start(
                    "exec",
                    "--interactive",
                    name,
                    "sh",
                    "-c",
                    "echo ready; exec cat",
                    input: keyboard.fileHandleForReading
                )
                try await exec.line(after: "ready")
                #expect(try await Self.processes(in: name, bench).contains("cat"))
                exec.signal(SIGKILL)
                try await eventually("the command in the container ends") {
                    try await Self.processes(in: name, bench).contains("cat") ? nil : ()
                }
            }
        }

        /// What ends a session before its process.
        enum Loss: CaseIterable, Sendable {
            case controllerKilled
            case agentStopped
        }

        // Neither reads its input, so closing the connection ends none of them.
        @Test(arguments: Loss.allCases, [true, false])
        func aCommandDoesNotOutliveItsSession(_ loss: Loss, hasTerminal: Bool) async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let script = "trap '' INT; echo ready; while :; do sleep 1; done"
                let terminal = try Terminal(columns: 80, rows: 24)
                if hasTerminal {
                    _ = try tunnel.docker.start("exec", "-t", name, "sh", "-c", script, terminal: terminal)
                    try await terminal.shows("ready")
                } else {
                    try await tunnel.docker.start("exec", name, "sh", "-c", script).line(after: "ready")
                }
                #expect(try await Self.processes(in: name, bench).contains("sh"))
                switch loss {
                case .controllerKilled: tunnel.controller.signal(SIGKILL)
                case .agentStopped:
                    tunnel.agent.signal(SIGTERM)
                    #expect(try await tunnel.agent.exit() == 0)
                }
                try await eventually("the command in the container ends") {
                    try await Self.processes(in: name, bench).contains("sh") ? nil : ()
                }
                // A client whose terminal goes hangs up by itself.
                withExtendedLifetime(terminal) {}
            }
        }

        @Test func fiveMegabytesPastedToASlowReaderAreAllThere() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel()
                let bytes = Data((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) })
                let file = try bench.write(bytes, to: "input")
                let outcome = try await tunnel.docker(
                    "exec",
                    "--interactive",
                    name,
                    "sh",
                    "-c",
                    "for i in $(seq 20); do dd bs=250000 count=1 iflag=fullblock; sleep 0.1; done > /tmp/pasted",
                    input: try FileHandle(forReadingFrom: URL(filePath: file))
                )
                #expect(outcome.status == 0)
                let expected = try await bench.run(try Paths.installed("sha256sum"), [file])
                let pasted = try await bench.direct("exec", name, "sha256sum", "/tmp/pasted")
                #expect(pasted.output.prefix(64) == expected.output.prefix(64))
            }
        }

        private static func processes(in name: String, _ bench: Workbench) async throws -> [String] {
            try await bench.direct("top", name, "-eo", "pid,comm").lines.compactMap {
                $0.split(separator: " ").last.map(String.init)
            }
        }
    }
}
