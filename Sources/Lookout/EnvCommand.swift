import Agent
import ArgumentParser

/// Lists the settings of the agent as this environment has them.
struct EnvCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Lists the settings of the agent in this environment: value, source, default, meaning.",
        discussion: """
            Secrets and the URLs in HTTPS_PROXY, HTTP_PROXY and ALL_PROXY are not shown, nor is what stands before '@' \
            in any other URL. A value that is refused has a line that says why. What depends on several variables, on \
            files or on the network is checked by `lookout doctor`.
            """
    )

    @Argument(help: "Only this variable.")
    var name: String?

    func validate() throws {
        if let name, SettingsList(environment: [:]).text(of: name) == nil {
            throw ValidationError("'\(name)' is not a variable of the agent; `lookout env` lists all of them")
        }
    }

    func run() {
        let list = SettingsList(environment: ProcessEnvironment.current)
        FileOutput.write(self.name.flatMap { list.text(of: $0) } ?? list.text, to: 1)
    }
}
