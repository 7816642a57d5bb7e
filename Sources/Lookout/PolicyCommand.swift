import Agent
import ArgumentParser
import Base
import Policy

/// What can be asked about the policy of this host. None of it changes anything, and none of it asks the engine.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Shows, checks and suggests what this host allows.",
        discussion: "Reads POLICY, POLICY_FILE and POLICY_MODE as the agent does. docs/policy.md explains the rules.",
        subcommands: [
            PolicyShowCommand.self, PolicyCheckCommand.self, PolicySuggestCommand.self, PolicyTestCommand.self,
        ]
    )

    /// As the agent would read them.
    ///
    /// - Throws: `CommandFailure` with all that is wrong.
    static func settings(_ environment: [String: String]) throws(CommandFailure) -> PolicySettings {
        do throws(AgentError) {
            return try PolicySettings.ofEnvironment(environment)
        } catch {
            throw CommandFailure(error.problems.joined(separator: "\n"), status: 2)
        }
    }
}

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
