import Foundation
import Testing

extension EndToEnd {
    /// Real Compose programs and a real engine behind `/_lookout/compose`.
    @Suite struct ComposeTests {
        enum Flavour: String, CaseIterable, Sendable {
            case plugin = "docker compose"
            case standalone = "docker-compose"

            /// Debian's first version is a program of its own, its second one is the plugin.
            var isInstalled: Bool {
                switch self {
                case .plugin: true
                case .standalone: Paths.isInstalled("docker-compose")
                }
            }
        }

        private static let stack = """
            version: "3.8"
            services:
              first:
                image: \(Engine.image)
                network_mode: none
                stop_signal: SIGKILL
                command: sh -c 'echo "hello $$GREETING"; tail -f /dev/null'
                environment:
                  GREETING: ${GREETING}${TOKEN}
              second:
                image: \(Engine.image)
                network_mode: none
                stop_signal: SIGKILL
                command: tail -f /dev/null
            """

        private struct Result: Decodable {
            let success: Bool
            let output: String
            let error: String?
        }

        private static func ask(_ curl: Curl, _ body: [String: Any]) async throws -> Result {
            let json = try JSONSerialization.data(withJSONObject: body)
            let file = try curl.bench.write(json, to: "compose-\(UUID().uuidString.prefix(8)).json")
            let token = "Authorization: Bearer not-for-stacks"
            let answer = try await curl("/_lookout/compose", "--header", token, "--data-binary", "@\(file)")
            #expect(answer.status == 200, "\(answer.body)")
            return try JSONDecoder().decode(Result.self, from: Data(answer.body.utf8))
        }

        private static func open(_ flavour: Flavour, on bench: Workbench) async throws -> Curl {
            // An empty folder hides a plugin that the fetched one would be.
            let configuration =
                switch flavour {
                case .plugin: try await bench.run(Paths.script("packages"), ["compose-plugin"]).lines.last ?? ""
                case .standalone: bench.file("no-plugin")
                }
            let settings = [
                "STACKS_DIR": bench.file("stacks"), "DOCKER_CONFIG": configuration, "TOKEN": "not-for-stacks",
            ]
            return Curl(bench: bench, socket: try await bench.startStandard(settings).socket)
        }

        @Test(arguments: Flavour.allCases.filter(\.isInstalled))
        func aStackComesUpIsLookedAtAndGoesDown(_ flavour: Flavour) async throws {
            try await Workbench.use { bench in
                let curl = try await Self.open(flavour, on: bench)
                let name = "e2e\(UUID().uuidString.prefix(8).lowercased())"
                func compose(_ operation: String, _ more: [String: Any] = [:]) async throws -> Result {
                    try await Self.ask(curl, ["operation": operation, "stackName": name].merging(more) { $1 })
                }
                func running() async throws -> Int {
                    let filter = "label=com.docker.compose.project=\(name)"
                    return try await bench.direct("ps", "--quiet", "--filter", filter).lines.count
                }
                let files = ["docker-compose.yml": Self.stack]
                let up = try await compose("up", ["files": files, "envVars": ["GREETING": "you"]])
                #expect(up.success, "\(up.error ?? "") \(up.output)")
                #expect(try await running() == 2)
                let listed = try await compose("ps")
                #expect(listed.success && listed.output.contains("first"))
                // The agent's own TOKEN is nothing that a stack can read.
                try await eventually("it has said it") {
                    let logs = try await compose("logs", ["tail": 5, "services": ["first"]]).output
                    return logs.contains("hello you\n") ? () : nil
                }
                #expect(try await compose("restart", ["services": ["second"]]).success)
                #expect(try await compose("stop").success)
                #expect(try await running() == 0)
                #expect(try await compose("start").success)
                #expect(try await running() == 2)
                let pulled = try await compose("pull")
                #expect(!pulled.success && pulled.error?.hasPrefix("exit status") == true && !pulled.output.isEmpty)
                let down = try await compose("down", ["removeVolumes": true])
                #expect(down.success, "\(down.error ?? "") \(down.output)")
                #expect(try await bench.direct("ps", "--all", "--quiet", "--filter", "name=\(name)").lines.isEmpty)
            }
        }

        @Test func progressIsTold() async throws {
            try await Workbench.use { bench in
                let curl = try await Self.open(.plugin, on: bench)
                let answer = try await curl(
                    "/_lookout/compose",
                    "--header",
                    "Authorization: Bearer not-for-stacks",
                    "--header",
                    "Accept: application/x-ndjson",
                    "--data",
                    #"{"operation":"ps","stackName":"none"}"#
                )
                #expect(answer.status == 200)
                #expect(answer.body.hasPrefix(#"{"success":false,"error":"the stacks directory"#))
            }
        }

        @Test func aStackComesUpAndGoesDownThroughTheTunnel() async throws {
            try await Workbench.use { bench in
                let plugin = try await bench.run(Paths.script("packages"), ["compose-plugin"]).lines.last ?? ""
                let settings = ["COMPOSE": "true", "STACKS_DIR": bench.file("stacks"), "DOCKER_CONFIG": plugin]
                let tunnel = try await bench.openTunnel(settings: settings)
                let curl = Curl(bench: bench, socket: tunnel.socket)
                let name = "e2e\(UUID().uuidString.prefix(8).lowercased())"
                func compose(_ path: String, _ body: [String: Any], accept: String = "*/*") async throws -> String {
                    let body = try JSONSerialization.data(withJSONObject: body.merging(["stackName": name]) { $1 })
                    let file = try bench.write(body, to: "compose-\(UUID().uuidString.prefix(8)).json")
                    let (type, accept) = ("Content-Type: application/json", "Accept: \(accept)")
                    let answer = try await curl(path, "--header", type, "--header", accept, "--data-binary", "@\(file)")
                    #expect(answer.status == 200, "\(answer.body)")
                    return answer.body
                }
                let files = ["docker-compose.yml": Self.stack]
                let up = try await compose(
                    "/_portwing/compose",
                    ["operation": "up", "files": files, "envVars": ["GREETING": "you"]]
                )
                #expect(up.hasPrefix(#"{"success":true"#), "\(up)")
                let filter = "label=com.docker.compose.project=\(name)"
                #expect(try await tunnel.docker("ps", "--quiet", "--filter", filter).lines.count == 2)
                let down = try await compose(
                    "/_lookout/compose",
                    ["operation": "down", "removeVolumes": true],
                    accept: "application/x-ndjson"
                )
                #expect(down.contains(#"{"stream":"stderr","text":""#), "\(down)")
                #expect(down.hasSuffix("{\"success\":true}\n"), "\(down)")
                #expect(try await bench.direct("ps", "--all", "--quiet", "--filter", filter).lines.isEmpty)
            }
        }

        @Test func whereItIsSwitchedOffNeitherDoorServesIt() async throws {
            try await Workbench.use { bench in
                let settings = ["COMPOSE": "false", "STACKS_DIR": bench.file("stacks")]
                let tunnel = try await bench.openTunnel(settings: settings)
                let (_, listener) = try await bench.startStandard(settings)
                let body = #"{"operation":"up","stackName":"web","files":{"compose.yaml":"services: {}"}}"#
                for socket in [tunnel.socket, listener] {
                    let curl = Curl(bench: bench, socket: socket)
                    let type = "Content-Type: application/json"
                    let answer = try await curl("/_lookout/compose", "--header", type, "--data", body)
                    #expect(answer.status == 404)
                    #expect(answer.body.contains("set COMPOSE=true"), "\(answer.body)")
                }
                let info = try await Curl(bench: bench, socket: listener)("/_lookout/info")
                #expect(!info.body.contains("compose"), "\(info.body)")
                #expect(!FileManager.default.fileExists(atPath: bench.file("stacks")))
            }
        }

        @Test func attacksAreRefusedAndWrittenDown() async throws {
            try await Workbench.use { bench in
                let curl = try await Self.open(.plugin, on: bench)
                let stacks = bench.file("stacks")
                try FileManager.default.createDirectory(atPath: "\(stacks)/other", withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(
                    atPath: "\(stacks)/evil",
                    withDestinationPath: "\(stacks)/other"
                )
                let attacks: [([String: Any], String)] = [
                    (["stackName": "../x"], "escapes stacks directory"),
                    (["stackName": "web", "stackDir": "/etc"], "escapes stacks directory"),
                    (["stackName": "evil", "files": ["x": "y"]], "escapes stack directory"),
                    (["stackName": "web", "files": ["../other/x": "y"]], "escapes stack directory"),
                    (["stackName": "web", "files": ["/abs": "y"]], "must be relative"),
                    (["stackName": "web", "envVars": ["LD_PRELOAD": "y"]], "is not allowed"),
                    (["stackName": "web", "services": ["--help"]], "invalid service name"),
                ]
                for (request, reason) in attacks {
                    let result = try await Self.ask(curl, request.merging(["operation": "up"]) { $1 })
                    #expect(!result.success && result.error?.contains(reason) == true, "\(result.error ?? "")")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(stacks)/other") == [])
                let records = try await curl("/_lookout/audit", "--header", "Authorization: Bearer not-for-stacks").body
                #expect(records.components(separatedBy: #""event":"compose_op""#).count == attacks.count + 1)
                #expect(records.contains(#""operation":"up","stack":"../x","outcome":"error""#))
            }
        }
    }
}
