import Foundation
import Testing

extension EndToEnd {
    /// How standard mode stops, and what may hang without keeping it from that.
    @Suite struct StandardStopTests {
        /// `docker stop` kills what is still there then; the agent's own limit is 8 s.
        private static let limit = Duration.seconds(10)

        @Test func anOpenExecAndAWaitDoNotHoldTheAgentUp() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let (agent, socket) = try await bench.startStandard()
                let docker = Docker(socket, on: bench)
                let exec = try docker.start("exec", name, "sh", "-c", "echo ready; exec tail -f /dev/null")
                try await exec.line(after: "ready")
                let wait = try APIConnection(socket)
                try wait.say("POST /containers/\(name)/wait HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n")
                #expect(try await wait.status() == 200)
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 0)
                #expect(try await exec.exit() != 0)
            }
        }

        @Test func aSecondSignalEndsItAtOnce() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let (agent, socket) = try await bench.startStandard()
                let exec = try Docker(socket, on: bench)
                    .start("exec", name, "sh", "-c", "echo ready; exec tail -f /dev/null")
                try await exec.line(after: "ready")
                agent.signal(SIGTERM)
                try await agent.line(after: "shutting down...")
                agent.signal(SIGINT)
                #expect(try await agent.exit(within: Self.limit) == 128 + SIGINT)
                _ = try await exec.exit()
            }
        }

        @Test func aComposeProgramThatIgnoresTheRequestIsKilled() async throws {
            try await Workbench.use { bench in
                let programs = try FakePrograms(
                    """
                    trap '' TERM
                    setsid sleep 1000 &
                    echo "$$ $!" >"$XDG_MARKS/started"
                    while :; do sleep 1; done
                    """,
                    on: bench
                )
                let (agent, socket) = try await bench.startStandard(programs.settings)
                let call = try FakePrograms.call("up", stack: "web", at: socket)
                let started = try await programs.mark("started")
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 0)
                for pid in started.split(separator: " ") {
                    #expect(!FakePrograms.isAlive(pid), "\(pid) of \(started)")
                }
                _ = call
            }
        }

        /// The last thing that a stop waits for is the trail, and here it cannot be written.
        @Test func aStopThatCannotEndNamesWhatIsOpenAndExits() async throws {
            try await Workbench.use { bench in
                let agent = try UnreadProgram.agent(["AUDIT_LOG": "stdout"], on: bench)
                let curl = Curl(bench: bench, socket: agent.socket)
                try await agent.becomesReachable()
                #expect(try await curl("/containers/json").status == 200)
                agent.process.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 1)
                #expect(agent.errors.contains("not everything ended within 8 s, exiting; still open: audit trail"))
            }
        }

        /// What the log driver does when its disk is full.
        @Test func anUnreadLogHoldsUpNoRequest() async throws {
            try await Workbench.use { bench in
                let agent = try UnreadProgram.agent([:], on: bench)
                let curl = Curl(bench: bench, socket: agent.socket)
                try await agent.becomesReachable()
                for _ in 0..<20 { #expect(try await curl("/health").status == 200) }
                #expect(try await curl("/version").status == 200)
                agent.process.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 0)
            }
        }

        @Test func aFileThatHangsHoldsUpNeitherRotationNorAStop() async throws {
            try await Workbench.use { bench in
                let certificate = try await bench.makeCertificate(from: try await bench.makeAuthority())
                let trail = bench.file("audit.jsonl")
                let (agent, _) = try await bench.startStandard([
                    "BIND_ADDRESS": "127.0.0.1", "PORT": "\(try FreePort.find())", "TLS_CERT": certificate.file,
                    "TLS_KEY": certificate.keyFile, "AUDIT_LOG": trail,
                ])
                let manager = FileManager.default
                try manager.removeItem(atPath: certificate.keyFile)
                // Whoever opens it for reading waits for a writer, as on a network file system whose server is gone.
                #expect(mkfifo(certificate.keyFile, 0o600) == 0)
                agent.signal(SIGHUP)
                try await agent.line(after: "SIGHUP: the TLS certificate is still being read")
                try manager.moveItem(atPath: trail, toPath: trail + ".1")
                agent.signal(SIGHUP)
                _ = try await eventually("the trail is in a new file") {
                    manager.fileExists(atPath: trail) ? true : nil
                }
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: Self.limit) == 0)
            }
        }
    }
}

/// A program whose standard output is a full pipe that nobody reads.
final class UnreadProgram {
    let process: ChildProcess
    let socket: String
    private let errorFile: String
    private let pipe: Pipe

    static func agent(_ settings: [String: String], on bench: Workbench) throws -> UnreadProgram {
        let program = try UnreadProgram(settings, on: bench)
        bench.atEnd {
            program.process.signal(SIGKILL)
            program.process.waitForEnd()
        }
        return program
    }

    private init(_ settings: [String: String], on bench: Workbench) throws {
        self.socket = bench.file("listener.sock")
        self.errorFile = bench.file("unread.err")
        self.pipe = Pipe()
        let input = self.pipe.fileHandleForWriting.fileDescriptor
        let flags = fcntl(input, F_GETFL)
        _ = fcntl(input, F_SETFL, flags | O_NONBLOCK)
        let junk = [UInt8](repeating: 0, count: 4096)
        while write(input, junk, junk.count) > 0 {}
        _ = fcntl(input, F_SETFL, flags)
        try Data().write(to: URL(filePath: self.errorFile))
        let environment = [
            "PATH": Paths.search, "DOCKER_SOCKET": Engine.shared.socket, "BIND_ADDRESS": "unix:\(self.socket)",
            "ALLOW_UNAUTHENTICATED": "true", "LOG_FORMAT": "text", "LOG_LEVEL": "debug",
        ]
        self.process = try ChildProcess(
            try Paths.built("lookout"),
            [],
            environment: environment.merging(settings) { $1 },
            streams: .files(
                input: .nullDevice,
                output: self.pipe.fileHandleForWriting,
                errors: try FileHandle(forWritingTo: URL(filePath: self.errorFile))
            )
        )
    }

    var errors: String { (try? String(contentsOfFile: self.errorFile, encoding: .utf8)) ?? "" }

    func becomesReachable() async throws {
        try await APIConnection.waitUntilTaken(self.socket)
    }

    func exit(within limit: Duration) async throws -> Int32 {
        try await eventually("the agent ends", within: limit, details: { self.errors }) { self.process.endStatus() }
    }
}
