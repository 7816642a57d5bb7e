import Agent
import ArgumentParser
import Base
import Policy

/// Prints what holds.
struct PolicyShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints the rules that hold, and what they allow."
    )

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let settings = try PolicyCommand.settings(ProcessEnvironment.current)
        let report = PolicyReport(settings.policy, settings.mode)
        FileOutput.write(self.json ? report.json.spread : report.text, to: 1)
    }
}
