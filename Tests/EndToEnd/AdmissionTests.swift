import Foundation
import Testing

extension EndToEnd {
    /// `ADMISSION` before the real engine, through both doors.
    @Suite struct AdmissionTests {
        /// The dangerous ones are refused with their findings and none is left behind; the others run.
        private static func check(_ docker: Docker, on bench: Workbench) async throws {
            for setting in Setting.all {
                let name = Workbench.unusedName
                bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
                let outcome = try await docker.run(["run", "--detach", "--name", name] + setting.arguments)
                let isThere = try await bench.direct("inspect", name).status == 0
                if setting.isDangerous {
                    let rule = try #require(setting.expected.first?.split(separator: " ").last)
                    #expect(outcome.status == 125, "\(setting.options)")
                    #expect(outcome.errors.contains("refused by ADMISSION=deny of the agent: \(rule): "))
                    #expect(!isThere, "\(setting.options)")
                } else {
                    #expect(outcome.status == 0, "\(setting.options) \(outcome.errors)")
                    #expect(isThere)
                }
            }
        }

        @Test func dangerousContainersAreRefusedThroughTheTunnel() async throws {
            try await Workbench.use { bench in
                let log = bench.file("audit.log")
                let tunnel = try await bench.openTunnel(settings: ["ADMISSION": "deny", "AUDIT_LOG": log])
                try await Self.check(tunnel.docker, on: bench)
                let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
                #expect(
                    lines.contains {
                        $0.contains(#""event":"admission""#) && $0.contains(#""actor":"ws://127.0.0.1:"#)
                            && $0.contains(#""rules":"privileged-container","outcome":"denied""#)
                    }
                )
            }
        }

        @Test func dangerousContainersAreRefusedThroughTheListener() async throws {
            try await Workbench.use { bench in
                let socket = try await bench.startStandard(["ADMISSION": "deny"]).socket
                try await Self.check(Docker(socket, on: bench), on: bench)
            }
        }

        /// Paths and spellings that this engine takes for the same.
        @Test(arguments: [
            ("/containers/create", #"{"Image":"busybox","HostConfig":{"Privileged":true}}"#),
            ("/containers/create?\u{301}", #"{"Image":"busybox","HostConfig":{"Privileged":true}}"#),
            ("/v1.41/containers/%63reate", #"{"Image":"busybox","hostconfig":{"privileged":true}}"#),
            ("/containers/create", #"{"Image":"busybox","Privileged":true}"#),
            ("/containers/create", #"{"Image":"busybox","HostConfig":{"CapAdd":"SYS_ADMIN"}}"#),
            ("/containers/create", "{\"Image\":\"busybox\",\"Ho\u{17F}tConfig\":{\"Privileged\":true}}"),
            ("/containers/create", #"{"Image":"busybox","HostConfig":{"Privileged":true},"hostConfig":{}}"#),
        ])
        func noSpellingLeadsPastIt(path: String, body: String) async throws {
            try await Workbench.use { bench in
                let curl = Curl(bench: bench, socket: try await bench.startStandard(["ADMISSION": "deny"]).socket)
                let json = "Content-Type: application/json"
                let refused = try await curl(path, "--header", json, "--data", body)
                #expect(refused.status == 403)
                #expect(refused.body.hasPrefix(#"{"message":"refused by ADMISSION=deny of the agent: "#))
                // Without the agent the engine takes it, so that the refusal is worth something.
                let engine = Curl(bench: bench, socket: Engine.shared.socket)
                let taken = try await engine(path, "--header", json, "--data", body)
                #expect(taken.status == 201, "\(taken.body)")
                let id = taken.body.split(separator: "\"").dropFirst(3).first.map(String.init) ?? ""
                #expect(try await bench.direct("rm", id).status == 0)
            }
        }

        /// Below API 1.24 the engine takes settings with a start.
        @Test(arguments: ["/v1.23/containers/NAME/start", "/v1.23/containers/%4eAME/%73tart"])
        func noStartBringsSettingsPastIt(path: String) async throws {
            try await Workbench.use { bench in
                let id = UUID().uuidString.prefix(8).lowercased()
                let name = "lookout-e2e-\(id)"
                let path = path.replacingOccurrences(of: "NAME", with: name)
                    .replacingOccurrences(of: "%4eAME", with: "%6c" + name.dropFirst())
                let engineDocker = Docker(Engine.shared.socket, on: bench)
                let create = ["create", "--network", "none", "--name", name, "busybox", "tail", "-f", "/dev/null"]
                bench.atEnd { _ = try? await bench.direct("rm", "--force", name) }
                #expect(try await engineDocker.run(create).status == 0)
                let listener = try await bench.startStandard(["ADMISSION": "deny"]).socket
                let tunnel = try await bench.openTunnel(settings: ["ADMISSION": "deny"])
                let json = "Content-Type: application/json"
                let body = #"{"Binds":["/etc:/host"],"NetworkMode":"none"}"#
                for socket in [listener, tunnel.docker.socket] {
                    let agent = Curl(bench: bench, socket: socket)
                    let refused = try await agent(path, "--header", json, "--data", body)
                    #expect(refused.status == 403)
                    #expect(refused.body.contains("refused by ADMISSION=deny of the agent: sensitive-host-mount: "))
                }
                let format = ["inspect", "--format", "{{.State.Running}} {{.HostConfig.Binds}}", name]
                #expect(try await engineDocker.run(format).output == "false []\n")
                // Without the agent the engine takes it, so that the refusal is worth something.
                let engine = Curl(bench: bench, socket: Engine.shared.socket)
                #expect(try await engine(path, "--header", json, "--data", body).status == 204)
                #expect(try await engineDocker.run(format).output == "true [/etc:/host]\n")
                #expect(try await bench.direct("kill", name).status == 0)
                // A start without settings goes on as ever.
                let curl = Curl(bench: bench, socket: listener)
                #expect(try await curl("/containers/\(name)/start", "--request", "POST").status == 204)
            }
        }

        /// The archive of a checkpoint may have gigabytes, and is not looked at: it need not come.
        @Test(arguments: ["Expect: 100-continue", "Transfer-Encoding: chunked"])
        func anArchiveIsRefusedWithoutItsBody(header: String) async throws {
            try await Workbench.use { bench in
                let archive = try bench.write(Data(repeating: 0, count: 8 << 20), to: "archive.tar")
                let curl = Curl(bench: bench, socket: try await bench.startStandard(["ADMISSION": "deny"]).socket)
                let path = "/v5.0.0/libpod/containers/import/restore?import=true"
                let refused = try await curl(path, "--header", header, "--data-binary", "@\(archive)")
                #expect(refused.status == 403, "\(refused.body)")
                #expect(refused.body.contains("from a body that cannot be looked at"), "\(refused.body)")
            }
        }

        @Test func aWarningIsAHeaderAndARecord() async throws {
            try await Workbench.use { bench in
                let log = bench.file("audit.log")
                let settings = [
                    "ADMISSION": "warn", "ADMISSION_RULES": "host-network, host-pid-namespace", "AUDIT_LOG": log,
                ]
                let curl = Curl(bench: bench, socket: try await bench.startStandard(settings).socket)
                let host = #"{"PidMode":"host","NetworkMode":"host","Privileged":true}"#
                let answer = try await curl(
                    "/containers/create",
                    "--include",
                    "--header",
                    "Content-Type: application/json",
                    "--data",
                    #"{"Image":"busybox","HostConfig":\#(host)}"#
                )
                #expect(answer.status == 201)
                #expect(answer.body.contains(#"Warning: 299 lookout "host-network, host-pid-namespace""#))
                let id = answer.body.split(separator: #""Id":""#).last?.prefix(64).description ?? ""
                #expect(try await bench.direct("rm", id).status == 0)
                let text = try String(contentsOfFile: log, encoding: .utf8)
                #expect(text.contains(#""rules":"host-network, host-pid-namespace","outcome":"allowed""#))
            }
        }

        @Test func composeCreatesNothingPastIt() async throws {
            try await Workbench.use { bench in
                let curl = Curl(bench: bench, socket: try await bench.startStandard(["ADMISSION": "deny"]).socket)
                let answer = try await curl("/_lookout/compose", "--data", #"{"operation":"up","stackName":"web"}"#)
                #expect(answer.body.contains("up is not offered with ADMISSION=deny"))
            }
        }
    }
}
