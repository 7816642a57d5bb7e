import Agent
import ArgumentParser
import Base
import Policy

/// Prints rules for what was seen.
struct PolicySuggestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suggest",
        abstract: "Prints the smallest file of rules that allows what was seen with POLICY_MODE=learn.",
        discussion:
            "Reads policy-seen in STATE_DIR, or the file that --seen names. Exit status 1 when nothing was seen."
    )

    @Option(help: ArgumentHelp("What was seen; default policy-seen in STATE_DIR.", valueName: "file"))
    var seen: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let folder = ProcessEnvironment.current["STATE_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        guard let path = self.seen ?? folder.map({ PolicySettings.seenPath(in: $0) }) else {
            throw CommandFailure("no file: set STATE_DIR as for the agent, or say --seen FILE", status: 2)
        }
        let suggestion = Suggestion(try Self.seen(path))
        FileOutput.write(self.json ? suggestion.json.spread : suggestion.text, to: 1)
    }

    private static func seen(_ path: String) throws -> SeenRequests {
        let seen: SeenRequests?
        do throws(SeenFile.Fault) {
            seen = try SeenFile.load(path)
        } catch {
            throw CommandFailure("\(path): \(error)", status: 2)
        }
        guard let seen, !seen.isEmpty else {
            throw CommandFailure("\(path): nothing was seen yet; run the agent for a day with POLICY_MODE=learn")
        }
        return seen
    }
}
