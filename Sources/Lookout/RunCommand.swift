import Agent
import ArgumentParser

/// Runs the agent until it is told to stop.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the agent (the default)."
    )

    func run() async throws {
        if !(try await AgentProcess.run()) { throw ExitCode(1) }
    }
}
