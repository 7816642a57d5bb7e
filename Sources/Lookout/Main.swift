import Agent
import ArgumentParser
import Glibc

/// The agent's front door: parses the command line, runs the command, turns failures into exit codes.
///
/// 0 a clean end, 1 a failure, 2 a wrong call.
@main
enum Main {
    static func main() async {
        do {
            var command = try LookoutCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            StandardError.write("lookout: \(failure.description)\n")
            exit(failure.status)
        } catch let failure as AgentError {
            StandardError.write("lookout: \(failure.description)\n")
            exit(1)
        } catch {
            let code = LookoutCommand.exitCode(for: error)
            let text = LookoutCommand.fullMessage(for: error)
            if code == .success {
                print(text)
                exit(0)
            }
            if !text.isEmpty { StandardError.write("\(text)\n") }
            exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

struct LookoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookout",
        abstract: "Makes a Docker host reachable from a Drydock controller without an inbound port.",
        discussion: """
            Without a subcommand the agent runs. It is configured by environment variables only; \
            DRYDOCK_URL and PRIVATE_KEY_FILE are needed, docs/configuration.md lists them all.
            """,
        subcommands: [
            RunCommand.self, DoctorCommand.self, StatusCommand.self, DialCommand.self, HealthcheckCommand.self,
            KeygenCommand.self, HashTokenCommand.self, SignCommand.self, AuditLogCommand.self, AuditCommand.self,
            MonitorCommand.self, PolicyCommand.self, EnvCommand.self, VersionCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )
}
