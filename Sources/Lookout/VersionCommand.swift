import ArgumentParser

/// What this build calls itself: in `lookout version`, in the hello and in the log.
enum BuildInfo {
    static let version = "0.3.0"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints the version."
    )

    func run() {
        print(BuildInfo.version)
    }
}
