package import ContainerWatch
import Glibc

/// Who reads standard output.
enum OutputKind {
    case terminal
    /// The journal of systemd, which takes the priority of a line from its first bytes.
    case journal
    /// A pipe, a file, a container's log.
    case other

    /// - Parameters:
    ///   - status: of standard output; `nil` where there is none.
    ///   - environment: systemd says in `JOURNAL_STREAM` which device and inode its journal reads (systemd.exec(5)). A program
    ///     whose output was redirected still has the variable, so the two are compared.
    init(isTerminal: Bool, status: stat?, environment: [String: String]) {
        if isTerminal {
            self = .terminal
        } else if let status, environment["JOURNAL_STREAM"] == "\(status.st_dev):\(status.st_ino)" {
            self = .journal
        } else {
            self = .other
        }
    }

    /// Of this process.
    static func current(environment: [String: String]) -> OutputKind {
        var status = stat()
        let isThere = fstat(STDOUT_FILENO, &status) == 0
        return OutputKind(
            isTerminal: isatty(STDOUT_FILENO) == 1,
            status: isThere ? status : nil,
            environment: environment
        )
    }

    /// Where `LOG_FORMAT` says nothing.
    var logFormat: LogFormat {
        switch self {
        case .terminal: .text
        case .journal: .journal
        case .other: .json
        }
    }
}

extension Paint {
    /// How results look on standard output.
    ///
    /// - Parameter noColor: of the command line.
    package static func ofTerminal(noColor: Bool) -> Paint {
        self.forOutput(
            noColor: noColor,
            isTerminal: isatty(STDOUT_FILENO) == 1,
            environment: ProcessEnvironment.current
        )
    }

    /// Colours on a terminal only, and not where `NO_COLOR` or `TERM` declines them.
    package static func forOutput(noColor: Bool, isTerminal: Bool, environment: [String: String]) -> Paint {
        var reader = EnvironmentReader(environment)
        let isDeclined = noColor || reader.read(Settings.noColor) != nil || reader.read(Settings.term) == "dumb"
        return isTerminal && !isDeclined ? .ansi : .none
    }
}
