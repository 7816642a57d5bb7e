import Agent
import ArgumentParser

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints the version; with --commit also what it was built from."
    )

    @Flag(help: "Print the commit as well.")
    var commit = false

    func run() {
        print(self.commit ? "\(BuildInfo.version) (\(BuildInfo.commit))" : BuildInfo.version)
    }
}
