/// One thing to be done with a Compose stack.
package struct ComposeOperation: Sendable, Equatable {
    package enum Verb: String, CaseIterable, Sendable {
        case up, down, pull, ps, logs, restart, stop, start
    }

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

    /// About what it holds in memory: the files and the variables.
    package var byteCount: Int {
        self.files.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
            + self.variables.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    }

    package var verb: Verb? { Verb(rawValue: self.name) }
}
