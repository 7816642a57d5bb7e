import ArgumentParser
import CBuildInfo

/// What this build calls itself: in `lookout version`, in the hello and in the log.
enum BuildInfo {
    static let version = "0.3.0"
    static let commit = String(cString: lookout_build_commit())
}

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
