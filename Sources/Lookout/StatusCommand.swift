import Agent
import ArgumentParser
import DockerBridge
import NIOCore

/// What the running agent is doing, and how its last attempts went.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tells what the running agent is doing.",
        discussion: """
            Reads the agent's local listener; PORT and BIND_ADDRESS say where that is. Exit status 0 when it is \
            connected, 1 when it is not.
            """
    )

    @Flag(help: "Print the agent's own JSON.")
    var json = false

    func run() async throws {
        let answer = try await LocalClient.get("/_lookout/status")
        let report = StatusReport(answer.body)
        if self.json {
            print(String(buffer: answer.body), terminator: "")
        } else {
            print(report.text)
        }
        if !report.isConnected { throw ExitCode(1) }
    }
}
