import Agent
import ArgumentParser

/// Walks every hop between the engine and the controller, and says where the way ends.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks every hop: configuration, key, Docker, the way to the controller, the hello.",
        discussion: """
            Reads the same environment as the agent and changes nothing, here or at the controller. Exit status 0 \
            when all is well, 1 when something is not.
            """
    )

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let checks = await Doctor.checks(environment: ProcessEnvironment.current)
        FileOutput.write(self.json ? checks.json : checks.report, to: 1)
        if !checks.areGood { throw ExitCode(1) }
    }
}
