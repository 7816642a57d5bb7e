/// One thing to be done with a Compose stack.
package struct ComposeOperation: Sendable, Equatable {
    /// Compose's own commands.
    package enum Verb: String, CaseIterable, Sendable {
        case up, down, pull, ps, logs, restart, stop, start
    }

    /// What `docker login` takes before images are pulled.
    package struct RegistryLogin: Sendable, Equatable {
        package var server: String
        package var username: String
        package var password: String

        package init(server: String, username: String, password: String) {
            self.server = server
            self.username = username
            self.password = password
        }
    }

    /// As it was sent; `verb` is what it means.
    package var name: String
    package var stackName: String
    /// Instead of the folder that is named like the stack.
    package var stackFolder: String?
    package var services: [String] = []
    package var builds = false
    package var forcesRecreate = false
    package var leavesDependencies = false
    package var removesVolumes = false
    /// Lines from the end of each log; `nil` for all.
    package var tail: Int?
    package var variables: [String: String] = [:]
    /// Written before the command runs, by relative path.
    package var files: [String: [UInt8]] = [:]
    package var login: RegistryLogin?

    package init(name: String, stackName: String) {
        self.name = name
        self.stackName = stackName
    }

    /// What it holds in memory: all its texts, each of which may be as long as a request.
    package var byteCount: Int {
        let texts = [
            self.name, self.stackName, self.stackFolder ?? "", self.login?.server ?? "", self.login?.username ?? "",
            self.login?.password ?? "",
        ]
        return (texts + self.services).reduce(0) { $0 + $1.utf8.count }
            + self.files.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
            + self.variables.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    }

    package var verb: Verb? { Verb(rawValue: self.name) }
}

/// How the operation reads on the command line.
enum ComposeCommand {
    /// Which program does it.
    package enum Flavour: Sendable, Equatable {
        /// `docker compose`, version 2 and later.
        case plugin
        /// `docker-compose`, version 1.
        case standalone

        var program: String {
            switch self {
            case .plugin: "docker"
            case .standalone: "docker-compose"
            }
        }

        var prefix: [String] {
            switch self {
            case .plugin: ["compose"]
            case .standalone: []
            }
        }
    }

    /// Stacks on disk have a file of this name; under another one their variables would be lost.
    static let environmentFile = ".env.drydock"

    /// - Parameter folder: the stack's, absolute.
    static func arguments(
        _ verb: ComposeOperation.Verb,
        _ operation: ComposeOperation,
        flavour: Flavour,
        folder: String,
        hasEnvironmentFile: Bool
    ) -> [String] {
        var words = flavour.prefix + ["--project-directory", folder]
        if hasEnvironmentFile { words += ["--env-file", "\(folder)/\(self.environmentFile)"] }
        words.append(verb.rawValue)
        switch verb {
        case .up:
            words += ["-d", "--remove-orphans"]
            if operation.builds { words.append("--build") }
            if operation.forcesRecreate { words.append("--force-recreate") }
            if operation.leavesDependencies { words.append("--no-deps") }
        case .down:
            words.append("--remove-orphans")
            if operation.removesVolumes { words.append("--volumes") }
            return words
        case .ps:
            // The first version knows no such option and prints a table.
            return flavour == .plugin ? words + ["--format", "json"] : words
        case .logs:
            // The first version would colour what is no terminal.
            words.append("--no-color")
            if let tail = operation.tail, tail > 0 { words += ["--tail", "\(tail)"] }
        case .pull, .restart, .stop, .start: break
        }
        return words + operation.services
    }

    static func environmentFile(_ variables: [String: String]) -> [UInt8] {
        Array(variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined().utf8)
    }
}
