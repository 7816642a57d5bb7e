import Foundation
import Testing

extension EndToEnd {
    /// `POLICY` before the real engine.
    @Suite struct PolicyTests {
        /// Everything that changes something, at a container and things of its own; `NAME` is their name.
        private static let changes: [(method: String, path: String, body: String)] = [
            ("POST", "/containers/create?name=NAME-new", #"{"Image":"busybox"}"#),
            ("POST", "/containers/NAME/start", ""),
            ("POST", "/containers/NAME/start", #"{"Binds":["/etc:/host"]}"#), ("POST", "/containers/NAME/stop?t=0", ""),
            ("POST", "/containers/NAME/restart?t=0", ""), ("POST", "/v1.44/containers/NAME/kill", ""),
            ("POST", "/containers/NAME/pause", ""), ("POST", "/containers/NAME/unpause", ""),
            ("POST", "/containers/NAME/rename?name=NAME-other", ""),
            ("POST", "/containers/NAME/update", #"{"Memory":99999744}"#),
            ("POST", "/containers/NAME/resize?h=9&w=9", ""), ("DELETE", "/containers/NAME?force=1", ""),
            ("DELETE", "/containers/%4eAME?force=1", ""), ("DELETE", "//containers/NAME?force=1", ""),
            ("POST", "/containers/NAME/exec", #"{"Cmd":["touch","/marker"]}"#), ("POST", "/containers/prune", ""),
            ("POST", "/containers/NAME/attach?stream=1", ""), ("PUT", "/containers/NAME/archive?path=/", ""),
            ("POST", "/commit?container=NAME&repo=NAME", "{}"), ("POST", "/images/busybox/tag?repo=NAME&tag=1", ""),
            ("DELETE", "/images/busybox?force=1", ""), ("POST", "/images/prune", ""), ("POST", "/images/load", ""),
            ("POST", "/images/create?fromImage=NAME&tag=1", ""), ("POST", "/images/create?fromSrc=-&repo=NAME", ""),
            ("POST", "/build?t=NAME", ""), ("POST", "/build/prune", ""),
            ("POST", "/networks/create", #"{"Name":"NAME"}"#),
            ("POST", "/networks/none/connect", #"{"Container":"NAME"}"#), ("POST", "/networks/prune", ""),
            ("POST", "/volumes/create", #"{"Name":"NAME"}"#), ("POST", "/volumes/prune", ""),
            ("POST", "/swarm/init", #"{"ListenAddr":"127.0.0.1"}"#), ("POST", "/plugins/pull?remote=NAME", "[]"),
            ("POST", "/session", ""), ("POST", "/what/is/this", ""),
        ]

        private static func state(_ bench: Workbench, _ name: String) async throws -> String {
            let docker = Docker(Engine.shared.socket, on: bench)
            let commands = [
                [
                    "inspect", "--format", "{{.Id}} {{.Name}} {{.State.Pid}} {{.State.Paused}} {{.HostConfig.Memory}}",
                    name,
                ],
                ["ps", "--all", "--no-trunc", "--filter", "name=\(name)", "--format", "{{.ID}} {{.Names}}"],
                ["images", "--filter", "reference=*\(name)*", "--format", "{{.ID}}"], ["images", "--quiet", "busybox"],
                ["network", "ls", "--filter", "name=\(name)", "--quiet"],
                ["volume", "ls", "--filter", "name=\(name)", "--quiet"],
                ["info", "--format", "{{.Swarm.LocalNodeState}}"], ["exec", name, "ls", "/"],
            ]
            var state = ""
            for command in commands { state += try await docker.run(command).output + "|" }
            return state
        }

        @Test func lookIsALock() async throws {
            try await Workbench.use { bench in
                let name = "lookout-e2e-\(UUID().uuidString.prefix(8).lowercased())"
                bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
                let docker = Docker(Engine.shared.socket, on: bench)
                let run = [
                    "run", "--detach", "--network", "none", "--name", name, "busybox", "tail", "-f", "/dev/null",
                ]
                #expect(try await docker.run(run).status == 0)
                let before = try await Self.state(bench, name)
                let curl = Curl(bench: bench, socket: try await bench.startStandard(["POLICY": "look"]).socket)
                for (method, path, body) in Self.changes {
                    let path = path.replacingOccurrences(of: "%4eAME", with: "%6c" + name.dropFirst())
                        .replacingOccurrences(of: "NAME", with: name)
                    let body = body.replacingOccurrences(of: "NAME", with: name)
                    let json = "Content-Type: application/json"
                    let answer = try await curl(path, "--request", method, "--header", json, "--data", body)
                    // A redirect says where to ask, and nothing was done.
                    let isUndone = [301, 400, 403].contains(answer.status)
                    #expect(isUndone, "\(method) \(path) \(answer.status) \(answer.body)")
                }
                #expect(try await Self.state(bench, name) == before)
                #expect(try await curl("/containers/\(name)/json").status == 200)
            }
        }

        /// By name, by id and by the beginning of an id; the refusal says what to write.
        @Test func aRuleForOneContainerHoldsForEveryReference() async throws {
            try await Workbench.use { bench in
                let id = UUID().uuidString.prefix(8).lowercased()
                let docker = Docker(Engine.shared.socket, on: bench)
                var ids: [String: String] = [:]
                for name in ["web-\(id)", "db-\(id)"] {
                    bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
                    let run = [
                        "run", "--detach", "--network", "none", "--name", name, "busybox", "tail", "-f", "/dev/null",
                    ]
                    let outcome = try await docker.run(run)
                    ids[name] = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
                }
                let file = bench.file("policy")
                let rules = "allow look\nallow operate container=web-\(id)\nallow exec.* container=web-* user=1000\n"
                try rules.write(toFile: file, atomically: true, encoding: .utf8)
                let curl = Curl(bench: bench, socket: try await bench.startStandard(["POLICY_FILE": file]).socket)
                for (name, status) in [("web-\(id)", 204), ("db-\(id)", 403)] {
                    let full = try #require(ids[name])
                    for reference in [name, full, String(full.prefix(12))] {
                        let answer = try await curl("/containers/\(reference)/restart?t=0", "--request", "POST")
                        #expect(answer.status == status, "\(reference): \(answer.body)")
                        if status == 403 {
                            #expect(answer.body.contains("add `allow containers.restart container=\(name)` to \(file)"))
                        }
                    }
                }
                // A new name is not a way in, and an exec is judged with its user.
                let rename = "/containers/db-\(id)/rename?name=web-\(id)-2"
                #expect(try await curl(rename, "--request", "POST").status == 403)
                for (user, status) in [("1000", 201), ("0", 403)] {
                    let body = #"{"Cmd":["true"],"User":"\#(user)"}"#
                    let json = "Content-Type: application/json"
                    let answer = try await curl("/containers/web-\(id)/exec", "--header", json, "--data", body)
                    #expect(answer.status == status, "\(answer.body)")
                }
            }
        }
    }
}
