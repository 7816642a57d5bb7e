import Foundation
import Testing

extension EndToEnd {
    /// A day of a controller before a real engine: learnt, suggested, enforced; and what no spelling gets past a rule.
    @Suite struct PolicyDayTests {
        private static func rules(_ text: String, on bench: Workbench) throws -> String {
            try bench.write(Data(text.utf8), to: "policy")
        }

        // MARK: Spellings

        private static func spellings(_ target: String) -> [String] {
            let segments = target.split(separator: "/")
            func escaped(_ segment: Substring) -> String { segment.utf8.map { "%" + String($0, radix: 16) }.joined() }
            return [
                target, "/v1.44\(target)", "/v1.51\(target)", "/v1.24\(target)", "/v99.9\(target)", "/v\(target)",
                "/v1.\(target)",
                "/v1.44x\(target)", "/v1.44/v1.44\(target)", "/libpod\(target)", "/v5.0.0/libpod\(target)",
                segments.map { "/" + escaped($0) }.joined(), "/\(segments.joined(separator: "%2F"))",
                "/%2f\(segments.joined(separator: "/"))", "/\(segments.joined(separator: "//"))", "//docker\(target)",
                "\(target)/", "\(target)%2f", "\(target)/.", "\(target)/x/..", "/.\(target)", "/x/..\(target)",
                "/%2e\(target)",
                "/x/%2e%2e\(target)", "/v1.44/../v1.44\(target)", "/_ping/..\(target)", "\(target)?", "\(target)?a=b",
                "\(target)?/_ping", "\(target)%3F", "\(target);a=b", "\(target)%00", "\(target)%20", "\(target)%",
                "\\\(target)",
                "/v1.44%2f\(target.dropFirst())", "http://docker\(target)", "http://docker/v1.44\(target)",
                target.uppercased(),
                target.replacingOccurrences(of: "pause", with: "%70ause"),
            ]
        }

        private static func isPaused(_ name: String) async throws -> Bool {
            let answer = try await APIConnection.get("/containers/\(name)/json", from: Engine.shared.socket)
            return String(decoding: answer.body, as: UTF8.self).contains(#""Paused":true"#)
        }

        /// The engine's own answer decides what a spelling means: what it takes for a pause must not get through.
        @Test(arguments: Door.allCases) func aDeniedOperationHasNoEffectInAnySpelling(of door: Door) async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let file = try Self.rules("deny containers.pause\nallow all\n", on: bench)
                let socket = try await door.open(on: bench, settings: ["POLICY_FILE": file]).socket
                var effects = 0
                for target in Self.spellings("/containers/\(name)/pause") {
                    _ = try? await APIConnection.post(target, "", to: socket)
                    #expect(try await !Self.isPaused(name), "\(target)")
                    // Past the agent, to know that the spellings are worth it.
                    _ = try? await APIConnection.post(target, "", to: Engine.shared.socket)
                    if try await Self.isPaused(name) {
                        effects += 1
                        _ = try await APIConnection.post("/containers/\(name)/unpause", "", to: Engine.shared.socket)
                    }
                }
                #expect(effects >= 6, "spellings that the engine takes for a pause")
                // The same rules let through what they allow.
                #expect(try await APIConnection.post("/containers/\(name)/stop?t=0", "", to: socket).status == 204)
            }
        }

        /// The engine takes the name from the form, and not from the path that was judged.
        @Test func aFormInTheBodyNamesNothing() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                bench.atEnd { _ = try? await bench.direct("rm", "--force", "web-\(name)") }
                let rules = "allow containers.rename\nallow exec.* container=web-*\n"
                let file = try Self.rules(rules, on: bench)
                let curl = Curl(bench: bench, socket: try await bench.startStandard(["POLICY_FILE": file]).socket)
                let path = "/containers/\(name)/rename?name=\(name)-a"
                let refused = try await curl(path, "--request", "POST", "--data", "name=web-\(name)")
                #expect(refused.status == 403, "\(refused.body)")
                #expect(try await bench.direct("inspect", "web-\(name)").status != 0)
                let plain = try await curl("/containers/\(name)/rename?name=\(name)", "--request", "POST")
                #expect(plain.status != 403, "\(plain.body)")
            }
        }

        // MARK: A day

        /// What a controller does: looks, puts a container in the place of another one, and runs a process in it.
        ///
        /// - Returns: the status of each request that changes something.
        private static func day(_ curl: Curl, _ name: String) async throws -> [String: Int] {
            var statuses: [String: Int] = [:]
            let json = "Content-Type: application/json"
            func post(_ what: String, _ path: String, _ body: String = "") async throws -> String {
                let answer = try await curl(path, "--request", "POST", "--header", json, "--data", body)
                statuses[what] = answer.status
                return answer.body
            }
            for path in [
                "/version", "/info", "/containers/json?all=true", "/containers/\(name)/json",
                "/images/\(Engine.image)/json",
            ] {
                statuses["GET \(path.prefix(8))"] = try await curl(path).status
            }
            // Without a registry the engine has no answer to this, which is not a refusal.
            _ = try await post("pull", "/images/create?authconfig=&fromImage=registry.invalid%2Fshop&tag=1")
            _ = try await post("rename", "/containers/\(name)/rename?name=\(name)-old")
            let body =
                #"{"Image":"\#(Engine.image)","Cmd":["tail","-f","/dev/null"],"HostConfig":{"NetworkMode":"none"}}"#
            _ = try await post("create", "/containers/create?name=\(name)", body)
            _ = try await post("stop", "/containers/\(name)-old/stop?t=0")
            _ = try await post("start", "/containers/\(name)/start")
            statuses["remove"] = try await curl("/containers/\(name)-old", "--request", "DELETE").status
            let exec = try await post("exec", "/containers/\(name)/exec", #"{"Cmd":["true"]}"#)
            let id = exec.firstMatch(of: /"Id":"([0-9a-f]+)"/).map { String($0.output.1) } ?? "none"
            _ = try await post("exec start", "/exec/\(id)/start", #"{"Detach":true}"#)
            return statuses
        }

        private static func expect(_ statuses: [String: Int], _ problem: String = "") {
            let expected = [
                "rename": 204, "create": 201, "stop": 204, "start": 204, "remove": 204, "exec": 201, "exec start": 200,
            ]
            for (what, status) in statuses {
                if let expected = expected[what] {
                    #expect(status == expected, "\(what) \(problem)")
                } else {
                    #expect(what == "pull" ? ![0, 403].contains(status) : status == 200, "\(what) \(problem)")
                }
            }
            #expect(statuses.count >= 11)
        }

        /// A real update, with every container that it makes looked at.
        @Test func anUpdatePassesUnderThePresetWithAdmission() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                bench.atEnd { _ = try? await bench.direct("rm", "--force", "\(name)-old") }
                let settings = ["POLICY": "update+exec", "ADMISSION": "deny"]
                let curl = Curl(bench: bench, socket: try await bench.startStandard(settings).socket)
                Self.expect(try await Self.day(curl, name))
                let privileged = #"{"Image":"\#(Engine.image)","HostConfig":{"Privileged":true}}"#
                let json = "Content-Type: application/json"
                #expect(try await curl("/containers/create", "--header", json, "--data", privileged).status == 403)
            }
        }

        @Test func aDayThatWasLearntPassesAndNothingElse() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let other = try await bench.sleeper()
                bench.atEnd { _ = try? await bench.direct("rm", "--force", "\(name)-old") }
                let state = bench.file("state")
                try FileManager.default.createDirectory(
                    atPath: state,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
                let learning = ["POLICY_MODE": "learn", "STATE_DIR": state]
                let (agent, socket) = try await bench.startStandard(learning)
                let curl = Curl(bench: bench, socket: socket)
                for _ in 0..<2 { Self.expect(try await Self.day(curl, name), "learning") }
                agent.signal(SIGTERM)
                #expect(try await agent.exit() == 0)
                let suggested = try await bench.run(
                    try Paths.built("lookout"),
                    ["policy", "suggest"],
                    environment: learning
                )
                #expect(
                    suggested.status == 0 && suggested.output.split(separator: "\n").count <= 10,
                    "\(suggested.output)"
                )
                let file = try Self.rules(suggested.output, on: bench)
                try? FileManager.default.removeItem(atPath: socket)
                let enforcing = Curl(bench: bench, socket: try await bench.startStandard(["POLICY_FILE": file]).socket)
                Self.expect(try await Self.day(enforcing, name), "enforcing \(suggested.output)")
                for (method, path) in [
                    ("POST", "/containers/prune"), ("POST", "/images/prune"), ("POST", "/build?t=x"),
                    ("POST", "/networks/create"),
                    ("POST", "/volumes/create"), ("POST", "/commit?container=\(other)"), ("POST", "/images/load"),
                    ("GET", "/containers/\(other)/export"), ("GET", "/containers/\(other)/archive?path=/etc"),
                    ("POST", "/swarm/init"), ("POST", "/session"), ("POST", "/what/is/this"),
                    ("POST", "/_lookout/compose"),
                ] {
                    let answer = try await enforcing(path, "--request", method)
                    #expect(
                        [403, 404].contains(answer.status),
                        "\(method) \(path) \(answer.status) \(suggested.output)"
                    )
                }
            }
        }

        // MARK: SIGHUP

        @Test func aReloadHoldsForTheNextRequestAndCutsNoStream() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container("sh", "-c", "while sleep 1; do echo marker; done")
                let file = try Self.rules("allow operate\n", on: bench)
                let (agent, socket) = try await bench.startStandard(["POLICY_FILE": file])
                let follower = try Curl(bench: bench, socket: socket).follow(
                    "/containers/\(name)/logs?follow=1&stdout=1"
                )
                func markers() -> Int { follower.output.components(separatedBy: "marker").count - 1 }
                _ = try await eventually("the log comes") { markers() > 0 ? true : nil }
                let kept = try APIConnection(socket)
                let pause = "POST /containers/\(name)/pause HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n"
                let unpause = pause.replacingOccurrences(of: "/pause", with: "/unpause")
                try kept.say(pause)
                try await kept.text(with: "HTTP/1.1 204")
                try kept.say(unpause)
                _ = try await eventually("it goes on") { try await Self.isPaused(name) ? nil : true }
                _ = try Self.rules("allow look\n", on: bench)
                agent.signal(SIGHUP)
                try await agent.line(after: "SIGHUP: policy reloaded")
                try kept.say(pause)
                try await kept.text(with: "denies containers.pause for \(name)")
                #expect(try await !Self.isPaused(name))
                let before = markers()
                _ = try await eventually("the log goes on") { markers() > before ? true : nil }
                // A file with a fault changes nothing.
                _ = try Self.rules("alow all\n", on: bench)
                agent.signal(SIGHUP)
                try await agent.line(after: "POLICY_FILE cannot be used; the old rules stay")
                try kept.say(unpause)
                try await kept.text(with: "denies containers.unpause")
                follower.signal(SIGTERM)
            }
        }
    }
}
