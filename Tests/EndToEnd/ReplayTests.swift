import Foundation
import Testing

extension EndToEnd {
    /// The same bytes sent again to the next process: the one before it was killed.
    @Suite struct ReplayTests {
        /// A signed request as curl's options, from a signer whose clock is `ahead` seconds ahead. Signed by OpenSSL, as a
        /// client of another make would.
        private static func sign(_ bench: Workbench, _ key: AgentKey, ahead: Int = 0) async throws -> [String] {
            let script = """
                set -e
                time=$(($(date +%s) + \(ahead)))
                nonce=$(openssl rand -hex 16)
                empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                printf 'GET\\n/version\\n%s\\n%s\\n%s' $empty $time $nonce >message
                signature=$(openssl pkeyutl -sign -inkey '\(key.file)' -rawin -in message | base64 -w 0 | tr '+/' '-_' | tr -d '=')
                id=$(openssl pkey -in '\(key.file)' -pubout -outform DER | tail -c 32 | sha256sum | cut -c 1-16)
                printf 'X-Lookout-Key-ID: %s\\nX-Lookout-Timestamp: %s\\nX-Lookout-Nonce: %s\\n' $id $time $nonce
                printf 'X-Lookout-Signature-Version: 2\\nX-Lookout-Signature: %s\\n' $signature
                """
            let outcome = try await bench.run(
                "/bin/sh",
                ["-c", "cd '\(bench.folder)'; \(script)"],
                environment: [
                    "PATH": "/usr/local/bin:/usr/bin:/bin"
                ]
            )
            guard outcome.status == 0 else { throw Missing(description: "cannot sign: \(outcome.errors)") }
            return outcome.lines.flatMap { ["-H", String($0)] }
        }

        /// - Returns: the status, and the reason if there is one.
        private static func send(_ bench: Workbench, _ socket: String, _ request: [String]) async throws -> String {
            let outcome = try await bench.run(
                try Paths.installed("curl"),
                ["-s", "-o", "/dev/null", "-w", "%{http_code} %header{x-lookout-reason}", "--max-time", "20"] + request
                    + ["--unix-socket", socket, "http://agent/version"]
            )
            return outcome.output.hasSuffix(" ") ? String(outcome.output.dropLast()) : outcome.output
        }

        private static func start(
            _ bench: Workbench,
            _ key: AgentKey,
            _ settings: [String: String]
        ) async throws -> (agent: Program, socket: String) {
            let keys = try bench.write(Data((key.authorizedLine + "\n").utf8), to: "authorized_keys")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keys)
            // The one that was killed left it behind.
            try? FileManager.default.removeItem(atPath: bench.file("listener.sock"))
            return try await bench.startStandard(settings.merging(["AUTHORIZED_KEYS": keys]) { $1 })
        }

        /// A fresh request, once the agent takes what is signed now.
        private static func accepted(
            _ bench: Workbench,
            _ socket: String,
            _ key: AgentKey,
            ahead: Int
        ) async throws -> [String] {
            try await eventually("a signed request is let in") {
                let request = try await Self.sign(bench, key, ahead: ahead)
                return try await Self.send(bench, socket, request) == "200" ? request : nil
            }
        }

        @Test(arguments: [0, 55])
        func aRequestThatAKilledAgentHasAnsweredIsRefusedByTheNext(ahead: Int) async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let state = bench.file("state")
                try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
                let settings = ["STATE_DIR": state]
                var (agent, socket) = try await Self.start(bench, key, settings)
                let request = try await Self.accepted(bench, socket, key, ahead: ahead)
                #expect(try await Self.send(bench, socket, request) == "401 replay")
                for _ in 0..<2 {
                    agent.signal(SIGKILL)
                    #expect(try await agent.exit() == 128 + SIGKILL)
                    (agent, socket) = try await Self.start(bench, key, settings)
                    #expect(try await Self.send(bench, socket, request) == "401 replay")
                    // Nobody else has to wait for that.
                    let fresh = try await Self.sign(bench, key, ahead: ahead)
                    #expect(try await Self.send(bench, socket, fresh) == "200")
                }
            }
        }

        @Test func withoutAFolderTheNextAgentTakesNothingFromBeforeItsStart() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let (agent, socket) = try await Self.start(bench, key, [:])
                #expect(agent.output.contains("STATE_DIR is not set"))
                let request = try await Self.accepted(bench, socket, key, ahead: 0)
                agent.signal(SIGKILL)
                _ = try await agent.exit()
                let (_, next) = try await Self.start(bench, key, [:])
                #expect(try await Self.send(bench, next, request) == "503 before-start")
            }
        }

        /// A boot takes what had not reached the disk: the journal is as it was before the request.
        @Test func afterABootASignerWhoseClockIsAheadCannotBeReplayed() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let state = bench.file("state")
                try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
                let journal = URL(filePath: "\(state)/replay.journal")
                let (agent, socket) = try await Self.start(bench, key, ["STATE_DIR": state])
                _ = try await Self.accepted(bench, socket, key, ahead: 50)
                var bytes = try Data(contentsOf: journal)
                let request = try await Self.accepted(bench, socket, key, ahead: 50)
                agent.signal(SIGKILL)
                _ = try await agent.exit()
                // Another boot: 16 bytes of the first record, and the 8 bytes of its check behind them.
                let boot = Data((0..<16).map { _ in UInt8.random(in: 0...255) })
                bytes.replaceSubrange(24..<40, with: boot)
                let sum = try await bench.run(
                    "/bin/sh",
                    ["-c", "head -c 40 '\(try bench.write(bytes, to: "boot"))' | sha256sum"],
                    environment: ["PATH": "/usr/bin:/bin"]
                )
                let digits = Array(sum.output.prefix(16))
                for index in 0..<8 {
                    bytes[40 + index] = try #require(UInt8(String(digits[index * 2..<index * 2 + 2]), radix: 16))
                }
                try bytes.write(to: journal)
                let (_, next) = try await Self.start(bench, key, ["STATE_DIR": state])
                #expect(try await Self.send(bench, next, request) == "503 before-start")
            }
        }
    }
}
