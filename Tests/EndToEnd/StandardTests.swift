import Foundation
import Testing

extension EndToEnd {
    /// The unmodified docker command line through the listener says what it says at the engine's own socket.
    @Suite struct StandardTests {
        /// Shell lines that print the same wherever they run; `NAME` is a running container.
        static let lines = [
            "docker version", "docker ps --no-trunc --filter name=NAME --format '{{.Names}} {{.Image}}'",
            "docker run --rm --network none busybox sh -c 'echo out; exit 5'",
            "echo input | docker run -i --rm --network none busybox cat",
            "docker run --rm --network none busybox sh -c 'echo error >&2; exit 3'",
            "docker exec NAME sh -c 'exit 7'", "seq 1 100000 | docker exec -i NAME md5sum",
            "docker exec NAME seq 1 100000 | md5sum", "docker logs NAME", "docker inspect NAME",
            "docker cp NAME:/bin/busybox - | md5sum",
            "docker cp /etc/passwd NAME:/tmp/p && docker exec NAME cat /tmp/p",
            "docker save busybox | wc -c", "docker save busybox | docker load", "docker export NAME | tar t | wc -l",
            "docker stats --no-stream --format '{{.Name}}' NAME", "docker network ls", "docker top NAME -o pid,comm",
            "docker inspect no-such-container", "docker rm --force no-such-container",
            "printf 'FROM busybox\\nRUN echo built\\n' | DOCKER_BUILDKIT=0 docker build --quiet -",
            "docker volume create NAME && docker volume rm NAME",
        ]

        @Test(arguments: lines)
        func saysTheSameAsTheEnginesOwnSocket(_ line: String) async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let (_, socket) = try await bench.startStandard()
                let command = line.replacing("NAME", with: name)
                let expected = try await bench.shell(command, engine: Engine.shared.socket)
                let outcome = try await bench.shell(command, engine: socket)
                #expect(outcome.status == expected.status)
                #expect(outcome.output == expected.output)
                #expect(outcome.errors == expected.errors)
            }
        }

        @Test func anAgentWhoseEngineComesLaterListensAtOnce() async throws {
            try await Workbench.use { bench in
                let later = bench.file("later.sock")
                let (agent, socket) = try await bench.startStandard(["DOCKER_SOCKET": later])
                let curl = Curl(bench: bench, socket: socket)
                try await agent.line(after: "the agent listens and is not ready")
                #expect(try await curl("/health").status == 200)
                #expect(try await curl("/ready").status == 503)
                try FileManager.default.createSymbolicLink(atPath: later, withDestinationPath: Engine.shared.socket)
                try await agent.line(after: "connected to docker")
                _ = try await eventually("it is ready") { try await curl("/ready").status == 200 ? true : nil }
            }
        }

        @Test func anInteractiveTerminalWorksAndFollowsItsSize() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let (_, socket) = try await bench.startStandard()
                let terminal = try Terminal(columns: 80, rows: 24)
                let exec = try Docker(socket, on: bench).start("exec", "-it", name, "sh", terminal: terminal)
                try terminal.type("echo \"<$((20 + 22))>\"\n")
                try await terminal.shows("<42>")
                try terminal.type("exit 9\n")
                #expect(try await exec.exit() == 9)
            }
        }

        @Test func aFollowedLogEndsInOrderWhenTheAgentStops() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("sh", "-c", "echo first; tail -f /dev/null")
                let (agent, socket) = try await bench.startStandard()
                let follower = try Docker(socket, on: bench).start("logs", "--follow", name)
                try await follower.line(after: "first")
                agent.signal(SIGTERM)
                #expect(try await agent.exit(within: .seconds(15)) == 0)
                #expect(try await follower.exit() == 0)
            }
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func worksBehindNginxAsTheExampleSetsItUp() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("sh", "-c", "echo first; tail -f /dev/null")
                let port = try FreePort.find()
                let settings = [
                    "BIND_ADDRESS": "127.0.0.1", "PORT": "\(port)", "TOKEN": "a-token",
                    "TRUSTED_PROXIES": "127.0.0.1",
                ]
                _ = try await bench.startStandard(settings)
                let authority = try await bench.makeAuthority()
                let certificate = try await bench.makeCertificate(from: authority)
                let nginx = try await Nginx.start(example: "standard/nginx.conf", before: port, certificate, on: bench)
                let site = "https://localhost:\(nginx.port)"
                #expect(try await bench.curl(["\(site)/version"]).output == "unauthorized\n401")
                let header = "Authorization: Bearer a-token"
                let version = try await bench.curl(["-H", header, "\(site)/version"]).output
                #expect(version.contains("ApiVersion") && version.hasSuffix("200"))

                // Events pass as they happen.
                let events = try bench.start(
                    try Paths.installed("curl"),
                    ["--silent", "--no-buffer", "--cacert", authority.file, "-H", header, "\(site)/api/events"]
                )
                try await events.line(after: #"data: {"type":"dd:ack""#)

                // The docker command sends the token itself.
                let folder = bench.file("docker")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                _ = try bench.write(
                    Data(#"{"HttpHeaders": {"X-Lookout-Token": "a-token"}}"#.utf8),
                    to: "docker/config.json"
                )
                let docker = "docker --tls --tlscacert '\(authority.file)'"
                let engine = "tcp://localhost:\(nginx.port)"
                // Its input stays open: nginx ends a connection of which one half has ended.
                let keyboard = Pipe()
                let exec = try bench.start(
                    "/bin/sh",
                    ["-c", "exec \(docker) exec -i \(name) echo through"],
                    environment: ["DOCKER_HOST": engine, "DOCKER_CONFIG": folder],
                    input: keyboard.fileHandleForReading
                )
                try await exec.line(after: "through")
                let logs = try bench.start(
                    "/bin/sh",
                    ["-c", "exec \(docker) logs --follow \(name)"],
                    environment: ["DOCKER_HOST": engine, "DOCKER_CONFIG": folder]
                )
                try await logs.line(after: "first")
            }
        }

        @Test func itsOwnTLSAsksForAClientCertificateAndTheDockerCommandHasOne() async throws {
            try await Workbench.use { bench in
                let authority = try await bench.makeAuthority()
                let server = try await bench.makeCertificate(from: authority)
                let client = try await bench.makeCertificate(from: authority)
                let port = "\(try FreePort.find())"
                let (agent, _) = try await bench.startStandard([
                    "BIND_ADDRESS": "127.0.0.1", "PORT": port, "TLS_CERT": server.file, "TLS_KEY": server.keyFile,
                    "TLS_CLIENT_CA": authority.file,
                ])
                let command = """
                    docker --tlsverify --tlscacert '\(authority.file)' --tlscert '\(client.file)' \
                    --tlskey '\(client.keyFile)' run --rm --network none busybox sh -c 'echo through; exit 4'
                    """
                let outcome = try await bench.shell(command, engine: "tcp://localhost:\(port)")
                #expect(outcome.output == "through\n", "\(outcome.errors)")
                #expect(outcome.status == 4)
                let stranger = try await bench.curl(["https://localhost:\(port)/version"])
                #expect(stranger.output.hasSuffix("000"))
                let plain = try await bench.curl(["http://localhost:\(port)/version"])
                #expect(plain.output.hasSuffix("use https.\n400"))
                agent.signal(SIGHUP)
                try await agent.line(after: "TLS certificate reloaded")
                #expect(try await bench.shell(command, engine: "tcp://localhost:\(port)").status == 4)
            }
        }

        @Test(arguments: [false, true])
        func theHealthCheckAsksIt(isEncrypted: Bool) async throws {
            try await Workbench.use { bench in
                let port = "\(try FreePort.find())"
                var settings = ["BIND_ADDRESS": "127.0.0.1", "PORT": port]
                if isEncrypted {
                    let certificate = try await bench.makeCertificate(from: try await bench.makeAuthority())
                    settings["TLS_CERT"] = certificate.file
                    settings["TLS_KEY"] = certificate.keyFile
                }
                _ = try await bench.startStandard(settings)
                let outcome = try await bench.run(
                    try Paths.built("lookout"),
                    ["healthcheck", "--ready"],
                    environment: settings
                )
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.contains(#""docker":"connected""#))
            }
        }

        @Test func itDoesNotStartOpenByMistake() async throws {
            try await Workbench.use { bench in
                let outcome = try await bench.run(try Paths.built("lookout"))
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("TOKEN, TOKEN_HASH, AUTHORIZED_KEYS none of them is set"))
            }
        }
    }
}

extension Workbench {
    /// An agent in standard mode, open to this host, on a socket of its own.
    func startStandard(_ settings: [String: String] = [:]) async throws -> (agent: Program, socket: String) {
        let socket = self.file("listener.sock")
        let environment = [
            "DOCKER_SOCKET": Engine.shared.socket, "BIND_ADDRESS": "unix:\(socket)", "ALLOW_UNAUTHENTICATED": "true",
            "LOG_FORMAT": "text",
        ]
        let agent = try self.start([try Paths.built("lookout")], environment: environment.merging(settings) { $1 })
        try await agent.line(after: "starting in standard mode")
        if let port = settings["PORT"].flatMap({ Int($0) }) {
            try await FreePort.waitUntilTaken(port)
        } else {
            try await APIConnection.waitUntilTaken(socket)
        }
        return (agent, socket)
    }

    /// - Parameter engine: a socket's path, or a URL.
    func shell(_ line: String, engine: String) async throws -> Outcome {
        try await self.run(
            "/bin/sh",
            ["-c", line],
            environment: [
                "DOCKER_HOST": engine.contains("://") ? engine : "unix://\(engine)",
                "DOCKER_CONFIG": self.file("docker"),
                "TERM": "dumb",
            ]
        )
    }

    /// The body and, behind it, the status.
    fileprivate func curl(_ arguments: [String]) async throws -> Outcome {
        try await self.run(try Paths.installed("curl"), ["-sk", "--max-time", "20", "-w", "%{http_code}"] + arguments)
    }
}
