import Agent
import ArgumentParser
import Auth
import Base
import Trail

/// What can be done with an audit file, offline.
struct AuditLogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit-log",
        abstract: "Examines an audit file.",
        subcommands: [Verify.self]
    )

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Finds changed, removed and reordered lines of an audit file.",
            discussion: """
                Each line carries the hash of the one before, and now and then one is signed with the agent's key. \
                Without a key the chain is checked, but anyone who can write the file could have written it anew. With a \
                key, more than 1,000 records or ten minutes without a signed checkpoint are a problem. \
                Exit status 0 when all is well, 1 when something is not.
                """
        )

        /// Bytes, a hundred times those of a record with the longest texts: a device may have no line's end at all.
        private static let longestLine = 1 << 20

        @Argument(help: "The audit file.")
        var file: String

        @Option(help: ArgumentHelp("The agent's private key file.", valueName: "file"))
        var key: String?

        @Option(help: ArgumentHelp("A file with the agent's public line, in place of --key.", valueName: "file"))
        var publicKey: String?

        func run() throws {
            var verifier = AuditVerifier(key: try self.verifyingKey())
            var line: [UInt8] = []
            try FileInput.read(self.file) { (piece) throws(AgentError) in
                for index in piece.indices {
                    guard piece[index] == UInt8(ascii: "\n") else {
                        guard line.count < Self.longestLine else {
                            let detail = "\(self.file): a line of more than 1 MiB; this is no audit file"
                            throw AgentError(.fileTooLarge, detail)
                        }
                        line.append(piece[index])
                        continue
                    }
                    verifier.add(line: line.span)
                    line.removeAll(keepingCapacity: true)
                }
            }
            if !line.isEmpty { verifier.add(line: line.span) }
            let report = verifier.report(at: .now)
            for problem in report.problems { print(problem) }
            print("\(report.lines) lines, \(report.problems.count) problems, head \(report.head)")
            if let continues = report.continues { print("it continues a file that ended with \(continues)") }
            if report.uncoveredLines > 0 {
                print("the last \(report.uncoveredLines) lines are not covered by a signed checkpoint that was checked")
            }
            if report.problems.isEmpty, let next = report.nextCheckpoint {
                let which = next.isFirst ? "the first" : "the next"
                print("\(which) checkpoint is due at \(next.time.rfc3339), or after \(next.records) more records")
            }
            if !report.problems.isEmpty { throw ExitCode(1) }
        }

        private func verifyingKey() throws -> VerifyingKey? {
            do throws(KeyFileError) {
                if let key { return try SigningKey.load(path: key).verifyingKey }
                guard let publicKey else { return nil }
                if let entry = try AuthorizedKeys.load(path: publicKey).only { return entry.key }
            } catch {
                throw CommandFailure("\(error)")
            }
            throw CommandFailure("the file of --public-key must hold one public line, as `keygen -pub-from` prints it")
        }
    }
}
