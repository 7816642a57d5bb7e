import ContainerWatch
import Glibc

/// How results look on a terminal.
extension Configuration {
    static func paint(noColor: Bool) -> Paint {
        self.paint(
            noColor: noColor,
            isTerminal: isatty(STDOUT_FILENO) == 1,
            environment: ProcessEnvironment.current
        )
    }

    /// Colours only where somebody sees them and nobody declined.
    static func paint(noColor: Bool, isTerminal: Bool, environment: [String: String]) -> Paint {
        let reader = EnvironmentReader(environment)
        let isDeclined = noColor || reader.string("NO_COLOR") != nil || reader.string("TERM") == "dumb"
        return isTerminal && !isDeclined ? .ansi : .none
    }
}
