import Agent
import ArgumentParser
import Base
import ContainerChecks
import ContainerWatch
import Glibc

/// Looks once at how containers are confined.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Finds dangerous settings of containers.",
        discussion: """
            Without a file it asks the engine about the containers that run. With files it reads what `docker inspect` \
            printed, and asks no engine. Exit status 0 when nothing as bad as --fail-on is found, 1 when something is, 2 \
            for a wrong call, an unreadable file or an engine that does not answer. docs/audit.md explains the rest.
            """
    )

    @Argument(help: ArgumentHelp("What `docker inspect` printed; - is standard input.", valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("The same as an argument; may be repeated.", valueName: "file"))
    var inspectFile: [String] = []

    @Flag(help: "Ask no engine; a file must be named.")
    var offline = false

    @Flag(help: "Ask about containers that are stopped, too.")
    var all = false

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print SARIF 2.1.0, for code hosts.")
    var sarif = false

    @Flag(help: "List every rule, with --json for programs, and look at nothing.")
    var listRules = false

    @Option(help: ArgumentHelp("Print the page of a rule, and look at nothing.", valueName: "rule"))
    var explain: String?

    @Option(help: "What findings stand under: container or rule.")
    var groupBy = Grouping.container

    @Flag(help: "No colours, whatever the terminal.")
    var noColor = false

    @Option(help: "Exit with 1 from this severity on: critical, high, medium, low, or never.")
    var failOn = FailureThreshold.from(.high)

    @Option(help: ArgumentHelp("Accepted findings, each with a reason; see docs/audit.md.", valueName: "file"))
    var suppressions: String?

    @Option(help: ArgumentHelp("Show only what an earlier --json report does not have.", valueName: "file"))
    var baseline: String?

    @Option(help: ArgumentHelp("Write what was found as a baseline for later, and exit with 0.", valueName: "file"))
    var writeBaseline: String?

    @OptionGroup var rules: RuleOptions

    private var paths: [String] { self.inspectFile + self.files }

    func validate() throws {
        if self.offline, self.paths.isEmpty {
            throw ValidationError("--offline needs a file: name what `docker inspect` printed, or - for standard input")
        }
        if self.all, !self.paths.isEmpty {
            throw ValidationError("--all is a question to the engine, and with a file none is asked")
        }
        if let explain, RulePage.markdown(explain) == nil {
            do throws(UnknownRule) {
                _ = try RuleSelection.known(explain)
            } catch {
                throw ValidationError("\(error)")
            }
        }
        if self.json, self.sarif { throw ValidationError("--json and --sarif are two forms of one output; choose one") }
    }

    func run() async throws {
        try await CommandFailure.withStatusTwo { try await self.look() }
    }

    private func look() async throws {
        // A reader who has seen enough must not change the exit status.
        signal(SIGPIPE, SIG_IGN)
        if let explain, let page = RulePage.markdown(explain) {
            FileOutput.write(page, to: STDOUT_FILENO)
            return
        }
        if self.listRules {
            FileOutput.write(self.json ? RuleList.json.spread : RuleList.text, to: STDOUT_FILENO)
            return
        }
        // Before any work: a file that cannot be used must not cost a wait.
        let suppressions = try self.suppressions.map { path in
            try Self.reading(path) { bytes throws(InputFault) in try Suppressions(bytes) }
        }
        let baseline = try self.baseline.map { path in
            try Self.reading(path) { bytes throws(InputFault) in try Baseline(bytes) }
        }
        var report = try await self.report()
        if let suppressions {
            let outcome = suppressions.applied(to: report.findings, today: UnixTime.now.day)
            report = report.with(outcome.findings)
            if outcome.suppressed > 0 { StandardError.write("lookout: \(outcome.suppressed) findings suppressed\n") }
            for sentence in outcome.expired { StandardError.write("lookout: \(sentence)\n") }
        }
        if let writeBaseline {
            try FileOutput.replace(writeBaseline, with: report.json.spread)
            StandardError.write("lookout: \(report.findings.count) findings written to \(writeBaseline)\n")
        }
        if let baseline { report = report.with(baseline.news(in: report.findings)) }
        FileOutput.write(self.text(report), to: STDOUT_FILENO)
        if self.writeBaseline == nil, self.failOn.isReached(by: report) { throw ExitCode(1) }
        // Nobody may take for clean what was not looked at.
        if report.containersMissed > 0 { throw ExitCode(2) }
    }

    private func report() async throws -> Report {
        let check = ContainerCheck(try self.rules.selection)
        if !self.paths.isEmpty { return try Self.report(self.paths, check) }
        let live = try await LiveCheck.ofEnvironment(check) { StandardError.write("lookout: \($0)\n") }
        return try await live.report(includesStopped: self.all)
    }

    /// Audits what `docker inspect` printed into files. Asks no engine.
    ///
    /// - Parameter paths: `-` is standard input.
    private static func report(_ paths: [String], _ check: ContainerCheck) throws -> Report {
        var findings: [Finding] = []
        var count = 0
        var shared = SharedPaths()
        for path in paths {
            var input = InspectInput(try FileInput.bytes(path))
            do throws(InputFault) {
                while let document = try input.next() {
                    count += 1
                    shared.add(document)
                    findings += check.findings(in: document)
                }
            } catch {
                throw CommandFailure("\(path == "-" ? "standard input" : path): \(error)", status: 2)
            }
        }
        return Report(containersInspected: count, findings: findings + check.findings(among: shared))
    }

    private static func reading<Value>(
        _ path: String,
        _ body: ([UInt8]) throws(InputFault) -> Value
    ) throws -> Value {
        let bytes = try FileInput.bytes(path)
        do throws(InputFault) {
            return try body(bytes)
        } catch {
            throw CommandFailure("\(path): \(error)", status: 2)
        }
    }

    private func text(_ report: Report) -> String {
        if self.json { return report.json.spread }
        if self.sarif { return SARIFReport(programVersion: BuildInfo.version).json(report).spread }
        let paint = Paint.ofTerminal(noColor: self.noColor)
        return switch self.groupBy {
        case .container:
            ContainerReport(paint, width: Self.terminalWidth).text(report, isOffline: !self.paths.isEmpty)
        case .rule: TextReport(paint).text(report)
        }
    }

    private static var terminalWidth: Int {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return ContainerReport.usualWidth
        }
        return Int(size.ws_col)
    }
}

/// What the findings of a text report stand under.
enum Grouping: String, ExpressibleByArgument, CaseIterable {
    case container, rule
}

/// From what severity on an audit has failed.
enum FailureThreshold: ExpressibleByArgument, Equatable {
    case from(Severity)
    case never

    init?(argument: String) {
        if argument == "never" {
            self = .never
        } else if let severity = Severity(rawValue: argument) {
            self = .from(severity)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .from(let severity): severity.rawValue
        case .never: "never"
        }
    }

    func isReached(by report: Report) -> Bool {
        switch self {
        case .from(let severity): report.holds(severity)
        case .never: false
        }
    }
}
