import Foundation
import Testing

extension EndToEnd {
    /// The commands around keys, tokens and the audit file, as a shell sees them.
    @Suite struct AuthCommandTests {
        private static func lookout(_ bench: Workbench, _ arguments: [String], input: String? = nil) async throws
            -> Outcome
        {
            var handle = FileHandle.nullDevice
            if let input {
                let file = try bench.write(Data(input.utf8), to: "input-\(UUID().uuidString)")
                handle = try #require(FileHandle(forReadingAtPath: file))
            }
            return try await bench.run(try Paths.built("lookout"), arguments, input: handle)
        }

        @Test(arguments: ["secret\n", "  secret \r\nsecond line\n", "secret"])
        func aTokenIsHashedFromTheFirstLine(input: String) async throws {
            try await Workbench.use { bench in
                let outcome = try await Self.lookout(bench, ["hash-token"], input: input)
                #expect(outcome.status == 0)
                #expect(
                    outcome.output.wholeMatch(
                        of: #/\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+\/]{22}\$[A-Za-z0-9+\/]{43}\n/#
                    ) != nil
                )
                #expect(outcome.errors == "Enter token: ")
            }
        }

        @Test(arguments: ["", "\n", " \t \nsecret\n"])
        func noTokenIsAFailure(input: String) async throws {
            try await Workbench.use { bench in
                let outcome = try await Self.lookout(bench, ["hash-token"], input: input)
                #expect(outcome.status == 1)
                #expect(outcome.output == "")
            }
        }

        @Test func aKeyGoesToANewFileAndNeverOverAnOldOne() async throws {
            try await Workbench.use { bench in
                let file = bench.file("agent.pem")
                let first = try await Self.lookout(bench, ["keygen", "-out", file, "-comment", "here"])
                #expect(first.status == 0)
                #expect(first.lines.count == 1)
                #expect(first.output.hasSuffix(" here\n"))
                let line = try await Self.lookout(bench, ["keygen", "-pub-from", file, "-comment", "here"])
                #expect(line.output == first.output)
                let before = try Data(contentsOf: URL(filePath: file))
                let second = try await Self.lookout(bench, ["keygen", "--out", file])
                #expect(second.status == 1)
                #expect(second.errors.contains("exists already"))
                #expect(try Data(contentsOf: URL(filePath: file)) == before)
            }
        }

        @Test func aRequestIsSignedForCurl() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let body = try bench.write(Data("{}".utf8), to: "body.json")
                let url = "https://host:3000/x?y=1"
                let words = ["sign", "POST", url, "--body", body, "--key", key.file]
                let headers = try await Self.lookout(bench, words)
                #expect(
                    headers.lines.map { $0.prefix { $0 != ":" } } == [
                        "X-Lookout-Key-ID", "X-Lookout-Timestamp", "X-Lookout-Nonce", "X-Lookout-Signature-Version",
                        "X-Lookout-Signature",
                    ]
                )
                let command = try await Self.lookout(bench, words + ["--curl"])
                #expect(command.output.hasPrefix("curl --path-as-is --request POST --header 'X-Lookout-Key-ID: "))
                #expect(command.output.hasSuffix(" --data-binary '@\(body)' '\(url)'\n"))
                #expect(try await Self.lookout(bench, ["sign", "get", url, "--key", key.file]).status == 2)
                #expect(try await Self.lookout(bench, ["sign", "GET", url]).errors.contains("PRIVATE_KEY_FILE"))
            }
        }

        /// - Returns: what the agent said at its start, and what `audit-log verify --key` says of its log.
        private static func trail(
            _ bench: Workbench,
            _ key: AgentKey,
            _ settings: [String: String]
        ) async throws -> (agent: Program, verified: Outcome, text: String) {
            let log = bench.file("audit.log")
            let (agent, socket) = try await bench.startStandard(settings.merging(["AUDIT_LOG": log]) { $1 })
            let answer = try await bench.run(
                try Paths.installed("curl"),
                ["-s", "--fail", "--unix-socket", socket, "http://agent/version"]
            )
            #expect(answer.status == 0, "\(answer.errors)")
            agent.signal(SIGTERM)
            #expect(try await agent.exit() == 0)
            let verified = try await Self.lookout(bench, ["audit-log", "verify", log, "--key", key.file])
            return (agent, verified, try String(contentsOfFile: log, encoding: .utf8))
        }

        private static let notSigned = "the audit log is not signed"

        @Test func standardModeSignsItsTrailWithItsKey() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let (agent, verified, text) = try await Self.trail(bench, key, ["PRIVATE_KEY_FILE": key.file])
                #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
                #expect(text.contains("audit_checkpoint"))
                #expect(!(agent.output + agent.errors).contains(Self.notSigned))
            }
        }

        @Test func standardModeWithoutAKeySaysThatItsTrailIsNotSigned() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let (agent, verified, text) = try await Self.trail(bench, key, [:])
                // The file is young: that nothing covers it is a problem once the first checkpoint is due.
                let report = verified.output + verified.errors
                #expect(report.contains("not covered by a signed checkpoint"), "\(report)")
                #expect(!text.contains("audit_checkpoint"))
                #expect((agent.output + agent.errors).contains("\(Self.notSigned): anyone who can write it"))
            }
        }

        @Test func aFileThatIsNoAuditFileHasProblems() async throws {
            try await Workbench.use { bench in
                let file = try bench.write(Data("hello\n".utf8), to: "audit.log")
                let outcome = try await Self.lookout(bench, ["audit-log", "verify", file])
                #expect(outcome.status == 1)
                #expect(outcome.output.contains("line 1: not an audit record"))
                let missing = try await Self.lookout(bench, ["audit-log", "verify", bench.file("none.log")])
                #expect(missing.status == 1)
                #expect(missing.errors.contains("No such file"))
                let endless = try await Self.lookout(bench, ["audit-log", "verify", "/dev/zero"])
                #expect(endless.status == 1)
                #expect(endless.errors.contains("/dev/zero: a line of more than 1 MiB"))
            }
        }
    }
}
