import Agent
import ArgumentParser
import DockerBridge
import NIOCore

/// For a container's health check: asks the agent on this host how it is.
struct HealthcheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Asks the running agent whether it lives, or is ready.",
        discussion: "Exit status 0 when it is, 1 when it is not. PORT and BIND_ADDRESS say where it listens."
    )

    @Flag(help: "Ask for readiness: welcomed by the controller, and the engine answers.")
    var ready = false

    func run() async throws {
        let answer = try await LocalClient.get(self.ready ? "/ready" : "/health")
        print(String(buffer: answer.body), terminator: "")
        if !answer.isSuccess { throw ExitCode(1) }
    }
}
