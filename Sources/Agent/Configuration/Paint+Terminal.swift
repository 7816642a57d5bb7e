package import ContainerWatch
import Glibc

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
