import Foundation
import Testing

extension EndToEnd {
    /// The example's filter before the engine's socket, as it is but for its paths, and an agent that has nothing else.
    @Suite(.enabled(if: Nginx.isInstalled, "needs nginx"))
    struct SocketFilterTests {
        private static let refusal = "refused by the socket filter"

        /// - Parameter opened: the files of `socket-filter/` that are mounted.
        private static func start(_ opened: [String], on bench: Workbench) async throws -> String {
            let (folder, socket) = (bench.file("filter"), bench.file("filtered.sock"))
            try FileManager.default.createDirectory(atPath: "\(folder)/allowed", withIntermediateDirectories: true)
            for name in opened {
                let shown = Paths.example("edge/socket-filter/\(name).map")
                try FileManager.default.copyItem(atPath: shown, toPath: "\(folder)/allowed/\(name).map")
            }
            let shown = try String(contentsOfFile: Paths.example("edge/socket-filter/nginx.conf"), encoding: .utf8)
            let moved = shown.replacing("/tmp/", with: "\(folder)/")
                .replacing("unix:/run/lookout/docker.sock", with: "unix:\(socket)")
                .replacing("unix:/host/run/docker.sock", with: "unix:\(Engine.shared.socket)")
            // As the user that runs the tests: the engine's socket may be closed to others.
            let file = try bench.write(Data("user \(NSUserName());\n\(moved)".utf8), to: "filter/nginx.conf")
            _ = try bench.start(try Paths.installed("nginx"), ["-p", folder, "-e", "stderr", "-c", file])
            try await APIConnection.waitUntilTaken(socket)
            return socket
        }

        @Test func closedItLetsLookAndRestartButNothingMore() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel(engine: try await Self.start(["look"], on: bench))
                let docker = tunnel.docker
                #expect(try await docker("ps", "--format", "{{.Names}}").lines.contains(name))
                #expect(try await docker("inspect", "--format", "{{.Name}}", name).output == "/\(name)\n")
                #expect(try await docker("logs", name).status == 0)
                #expect(try await docker("restart", "--time", "0", name).status == 0)
                for words in [
                    ["exec", name, "true"], ["rm", "--force", name], ["rename", name, "\(name)-2"],
                    ["create", "--network", "none", Engine.image, "true"], ["swarm", "leave"],
                ] {
                    let outcome = try await docker.run(words)
                    #expect(outcome.status != 0, "\(words)")
                    #expect(try await bench.direct("inspect", name).status == 0)
                }
                #expect(try await docker("rm", "--force", name).errors.contains(Self.refusal))
            }
        }

        @Test func eachFileOpensWhatItSays() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let filter = try await Self.start(["look", "updates", "exec"], on: bench)
                let docker = try await bench.openTunnel(engine: filter).docker
                #expect(try await docker("exec", name, "sh", "-c", "echo out; exit 7").output == "out\n")
                let terminal = try Terminal(columns: 80, rows: 24)
                let shell = try docker.start("exec", "--interactive", "--tty", name, "tty", terminal: terminal)
                #expect(try await shell.exit() == 0)
                bench.atEnd { _ = try? await bench.direct("rm", "--force", "\(name)-new", "\(name)-other") }
                let new = "\(name)-new"
                let made = try await docker("run", "--detach", "--name", new, "--network", "none", Engine.image, "true")
                #expect(made.status == 0, "\(made.errors)")
                #expect(try await docker("rename", new, "\(name)-other").status == 0)
                #expect(try await docker("rm", "\(name)-other").status == 0)
                #expect(try await docker("swarm", "leave").errors.contains(Self.refusal))
            }
        }

        /// What the engine would read in another way than the filter.
        @Test(arguments: [
            "/containers/%6ason", "/images/../containers/json", "//containers/json", "/./containers/json",
            "/v1.41/containers/x/json/../../../containers/create", "/containers/json/", "/images/x/../y/json",
        ])
        func aPathOfTwoMeaningsIsRefused(_ path: String) async throws {
            try await Workbench.use { bench in
                let socket = try await Self.start(["look", "updates", "exec"], on: bench)
                let answer = try await bench.run(
                    try Paths.installed("curl"),
                    ["--silent", "--path-as-is", "--unix-socket", socket, "http://docker\(path)"]
                )
                #expect(answer.output.contains(Self.refusal), "\(answer.output)")
            }
        }
    }
}
