import Agent
import ArgumentParser
import Base
import DockerBridge
import Policy

/// Holds recorded requests against a file of rules.
struct PolicyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Replays recorded requests against a file of rules.",
        discussion: """
            A trace has one JSON object a line, with method and path or an operation, and what is known of the container, \
            the image and who asks; docs/policy.md lists its members. policy-seen is one. Each line is expected to be \
            allowed, unless it says "expect":"denied". Exit status 1 when a line comes out otherwise.
            """
    )

    @Argument(help: "The rules.")
    var file: String

    @Argument(help: "The requests; - is standard input.")
    var trace: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await CommandFailure.withStatusTwo { try self.replay() }
    }

    private func replay() throws {
        let report = try Self.report(
            try FileInput.bytes(self.file),
            self.file,
            try FileInput.bytes(self.trace),
            self.trace
        )
        FileOutput.write(self.json ? report.json.spread : report.text, to: 1)
        if report.surprises > 0 { throw ExitCode(1) }
    }

    struct Report {
        let results: [PolicyTrace.Result]
        let policy: HostPolicy

        var surprises: Int { self.results.count { !$0.isExpected } }
    }

    /// - Throws: `CommandFailure` with status 2 and all that is wrong with either file.
    static func report(_ rules: [UInt8], _ file: String, _ trace: [UInt8], _ traceFile: String) throws -> Report {
        let policy = HostPolicy(
            try Self.reading(file) { () throws(PolicyFaults) in try PolicyReader.read(rules) },
            from: .file(file)
        )
        let requests = try Self.reading(traceFile) { () throws(PolicyFaults) in try PolicyTrace(trace) }
        let results = requests.replay(policy) { EngineRoute(method: $0, target: $1).operation }
        return Report(results: results, policy: policy)
    }

    private static func reading<Value>(_ file: String, _ body: () throws(PolicyFaults) -> Value) throws -> Value {
        do throws(PolicyFaults) {
            return try body()
        } catch {
            throw CommandFailure(error.sentences.map { "\(file): \($0)" }.joined(separator: "\n"), status: 2)
        }
    }
}

extension PolicyTestCommand.Report {
    /// One line for each surprise, and the sum.
    var text: String {
        let lines = self.results.filter { !$0.isExpected }.map { result in
            let expected = result.line.expectsAllowed ? "allowed" : "denied"
            return
                "line \(result.line.number): \(result.operation.rawValue) is \(self.outcome(result)), and not \(expected)\n"
        }
        return lines.joined() + "\(self.results.count) requests, \(self.surprises) not as expected\n"
    }

    var json: JSONNode {
        .object([
            .init("requests", .number(Double(self.results.count))), .init("surprises", .number(Double(self.surprises))),
            .init(
                "results",
                .array(
                    self.results.map { result in
                        .object([
                            .init("line", .number(Double(result.line.number))),
                            .init("operation", .text(result.operation.rawValue)),
                            .init("verdict", .text(result.decision.isAllowed ? "allowed" : "denied")),
                            .init("ruleLine", self.ruleLine(result).map { .number(Double($0)) } ?? .null),
                            .init("expected", .bool(result.isExpected)),
                        ])
                    }
                )
            ),
        ])
    }

    private func outcome(_ result: PolicyTrace.Result) -> String {
        let word = result.decision.isAllowed ? "allowed" : "denied"
        return self.ruleLine(result).map { "\(word) by line \($0)" } ?? word
    }

    private func ruleLine(_ result: PolicyTrace.Result) -> Int? {
        switch result.decision {
        case .allowed(let rule): self.policy.line(ofRule: rule)
        case .denied(let reason): self.policy.line(of: reason)
        case .needs: nil
        }
    }
}
