import Subprocess

extension TerminationStatus {
    /// As in `exit status 1`.
    var words: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal): "ended by signal \(signal)"
        }
    }
}
