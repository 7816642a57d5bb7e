import Foundation
import Testing

extension EndToEnd {
    /// The agent as process 1 of a container with the `pids_limit` of our own example.
    @Suite struct ProcessOneTests {
        private static let processes = 64
        private static let calls = 200

        /// Each call has a child in its group, and one that has left it: four processes a call, and room for 64.
        private static let script = """
            case "$*" in *" ps"*) exit 0 ;; esac
            sleep 1000 &
            setsid sleep 1000 &
            echo started >"$XDG_MARKS/started-$(basename "$PWD")"
            wait
            """

        @Test(.timeLimit(.minutes(4))) func twoHundredAbortedCallsLeaveNoProcess() async throws {
            try await Workbench.use { bench in
                let programs = try FakePrograms(Self.script, on: bench)
                let container = try await Self.start(programs, on: bench)
                let socket = bench.file("listener.sock")
                let curl = Curl(bench: bench, socket: socket)
                _ = try await eventually("the agent answers") {
                    try await curl("/health").status == 200 ? true : nil
                }
                for number in 0..<Self.calls {
                    let call = try FakePrograms.call("up", stack: "s\(number)", at: socket)
                    _ = try await programs.mark("started-s\(number)")
                    _ = call
                }
                #expect(try await curl("/health").status == 200)
                let answer = try await FakePrograms.call("ps", stack: "s0", at: socket).answer()
                #expect(String(decoding: answer.body, as: UTF8.self).contains(#""success":true"#))
                _ = try await eventually("only the agent is left") {
                    try await Self.others(in: container, on: bench).isEmpty ? true : nil
                }
                let stopped = try await bench.direct("stop", "--time", "10", container)
                #expect(stopped.status == 0)
                let state = try await bench.direct("inspect", "--format", "{{.State.ExitCode}}", container)
                #expect(state.output == "0\n", "killed for taking too long is 137")
            }
        }

        /// Zombies too: what `docker top` shows beside process 1, whose command line is the agent's.
        private static func others(in container: String, on bench: Workbench) async throws -> [String] {
            let list = try await bench.direct("top", container, "-eo", "pid,ppid,stat,args")
            try #require(list.status == 0, "\(list.errors)")
            return list.lines.dropFirst().filter { !$0.contains("/lookout") }
        }

        /// The program as it was built, with the libraries of this machine in the places where it looks for them.
        private static func start(_ programs: FakePrograms, on bench: Workbench) async throws -> String {
            let program = try Paths.built("lookout")
            let needed = try await bench.run("/usr/bin/ldd", [program])
            let libraries = needed.output.split(whereSeparator: \.isWhitespace).filter { $0.hasPrefix("/") }
            let folders = Set(
                libraries.map { ($0 as Substring).split(separator: "/").dropLast().joined(separator: "/") }
            )
            var options = ["run", "--detach", "--network", "none", "--pids-limit", "\(Self.processes)"]
            for folder in folders.sorted() { options += ["--volume", "/\(folder):/\(folder):ro"] }
            options += ["--volume", "\(program):/lookout:ro", "--volume", "\(bench.folder):\(bench.folder)"]
            let engine = URL(filePath: Engine.shared.socket).deletingLastPathComponent().path
            options += ["--volume", "\(engine):\(engine)"]
            let path = folders.sorted().map { "/\($0)" }.joined(separator: ":")
            var environment = programs.settings
            environment["LD_LIBRARY_PATH"] = path
            environment["DOCKER_SOCKET"] = Engine.shared.socket
            environment["BIND_ADDRESS"] = "unix:\(bench.file("listener.sock"))"
            environment["ALLOW_UNAUTHENTICATED"] = "true"
            for (name, value) in environment { options += ["--env", "\(name)=\(value)"] }
            let outcome = try await bench.direct.run(options + ["--entrypoint", "/lookout", Engine.image])
            try #require(outcome.status == 0, "\(outcome.errors)")
            let container = outcome.output.trimmingCharacters(in: .newlines)
            bench.atEnd { _ = try? await bench.direct("rm", "--force", "--volumes", container) }
            return container
        }
    }
}
