import Agent
import ArgumentParser
import ContainerChecks
import ContainerWatch
import Glibc
import UnixSignals

/// Looks at every container the moment it starts.
struct MonitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Finds dangerous settings of containers as they start.",
        discussion: """
            Runs until SIGINT or SIGTERM. An engine that goes away is waited for, and what started meanwhile is looked at \
            then. Exit status 0 when nothing critical or high was seen, 1 when something was, 2 for a wrong call or an \
            engine that does not answer at the start. docs/audit.md explains the rest.
            """
    )

    @Flag(help: "Begin with the containers that run already.")
    var initial = false

    @Flag(help: "Print one JSON object per finding and line.")
    var json = false

    @Flag(help: "No colours, whatever the terminal.")
    var noColor = false

    @OptionGroup var rules: RuleOptions

    func run() async throws {
        try await CommandFailure.withStatusTwo { try await self.follow() }
    }

    private func follow() async throws {
        // A reader that went away ends the watch, with the status that it has.
        signal(SIGPIPE, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let notes: @Sendable (String) -> Void = { StandardError.write("lookout: \($0)\n") }
        let monitor = Monitor(
            watch: try await LiveCheck.ofEnvironment(ContainerCheck(try self.rules.selection), notes: notes),
            report: self.json ? .json : .text(Paint.ofTerminal(noColor: self.noColor)),
            beginsWithThoseThatRun: self.initial,
            output: Monitor.Output(results: { FileOutput.write($0, to: STDOUT_FILENO) }, notes: notes)
        )
        let watching = Task { try await monitor.run() }
        let stopping = Task {
            var isStopping = false
            for await received in signals {
                if isStopping { _exit(128 + (received == .sigint ? SIGINT : SIGTERM)) }
                isStopping = true
                watching.cancel()
            }
        }
        defer { stopping.cancel() }
        if try await watching.value { throw ExitCode(1) }
    }
}
