import Foundation
import Testing

extension EndToEnd {
    /// What a shell or a supervisor sees of the program: exit codes and the two output streams.
    @Suite struct CommandLineTests {
        struct BadSettings: CustomTestStringConvertible {
            let variable: String
            let settings: [String: String]
            var testDescription: String { "\(self.variable): \(self.settings)" }
        }

        @Test(arguments: [
            BadSettings(variable: "TOKEN, TOKEN_HASH, AUTHORIZED_KEYS", settings: ["DRYDOCK_URL": ""]),
            BadSettings(variable: "DRYDOCK_URL", settings: ["DRYDOCK_URL": "http://drydock.example"]),
            BadSettings(variable: "PRIVATE_KEY_FILE", settings: ["PRIVATE_KEY_FILE": ""]),
            BadSettings(variable: "PRIVATE_KEY_FILE", settings: ["PRIVATE_KEY_FILE": "/nowhere/agent.pem"]),
            BadSettings(variable: "EDGE_DIALECT", settings: ["EDGE_DIALECT": "morse"]),
            BadSettings(variable: "HEARTBEAT_INTERVAL", settings: ["HEARTBEAT_INTERVAL": "0"]),
            BadSettings(variable: "AGENT_ID", settings: ["AGENT_ID": "no spaces"]),
        ])
        func aBadSettingEndsTheStartWithItsName(_ bad: BadSettings) async throws {
            try await Workbench.use { bench in
                let agent = try bench.startAgent(try await bench.makeKey(), port: "7100", settings: bad.settings)
                #expect(try await agent.exit() == 1)
                #expect(agent.errors.contains("lookout: \(bad.variable) "))
                #expect(agent.output == "")
            }
        }

        @Test func allBadSettingsAreNamedAtOnce() async throws {
            try await Workbench.use { bench in
                let outcome = try await bench.run(
                    try Paths.built("lookout"),
                    environment: ["LOG_LEVEL": "loud", "DRYDOCK_URL": "http://drydock.example"]
                )
                #expect(outcome.status == 1)
                for variable in ["LOG_LEVEL", "DRYDOCK_URL", "PRIVATE_KEY_FILE"] {
                    #expect(outcome.errors.contains("lookout: \(variable) "))
                }
            }
        }

        @Test func tooFewDescriptorsEndTheStartWithASentence() async throws {
            try await Workbench.use { bench in
                let agent = try Paths.built("lookout")
                let outcome = try await bench.run("/bin/sh", ["-c", "ulimit -n 24; exec \(agent) run"])
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("the agent may open 24 files, and needs 64 at least"))
            }
        }

        @Test func theEnvironmentIsListedWithoutItsSecrets() async throws {
            try await Workbench.use { bench in
                let agent = try Paths.built("lookout")
                let settings = [
                    "TOKEN": "marker-of-a-token", "PORT": "port", "HTTP_PROXY": "http://me:marker@proxy",
                    "DRYDOCK_URL": "https://me:marker@h",
                ]
                let all = try await bench.run(agent, ["env"], environment: settings)
                #expect(all.status == 0)
                #expect(all.output.contains("TOKEN=(not shown)\n"))
                #expect(all.output.contains("    refused: PORT is 'port'; it must be a whole number from 0 to 65535\n"))
                #expect(!all.output.contains("marker"))
                let one = try await bench.run(agent, ["env", "PORT"], environment: ["PORT": "7000"])
                #expect(one.output.hasPrefix("PORT=7000\n    from the environment; default: 3000\n"))
            }
        }

        @Test(arguments: [
            ["--no-such-flag"], ["run", "--no-such-flag"], ["no-such-command"], ["env", "NO_SUCH_NAME"],
        ])
        func aWrongCallExitsWithTwo(_ arguments: [String]) async throws {
            try await Workbench.use { bench in
                let outcome = try await bench.run(try Paths.built("lookout"), arguments)
                #expect(outcome.status == 2)
                #expect(outcome.errors.contains(arguments.last!))
                #expect(outcome.output == "")
            }
        }

        @Test func keygenPrintsAKeyFileThatItCanReadAgain() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let again = try await bench.run(
                    try Paths.built("lookout"),
                    ["keygen", "-pub-from", key.file, "-comment", "test"]
                )
                #expect(again.status == 0)
                #expect(again.output == "\(key.authorizedLine)\n")
            }
        }
    }
}
