/// Why the agent, or a part of it that a command uses, cannot do its work.
///
package struct AgentError: Error, Equatable, CustomStringConvertible {
    /// Vocabulary of logs and tests: add, never rename.
    package enum Code: String, CaseIterable, Sendable {
        /// `BIND_ADDRESS` and `PORT` lead to a program that is not an agent.
        case anotherProgram = "another-program"
        /// No program listens at `BIND_ADDRESS` and `PORT`.
        case agentUnreachable = "agent-unreachable"
        /// The agent listens at a port that it has chosen, which its settings do not name.
        case agentPortUnknown = "agent-port-unknown"
        case badSettings = "bad-settings"
        /// The files of the engine's TLS cannot be used.
        case engineUnusable = "engine-unusable"
        case fileTooLarge = "file-too-large"
        case fileUnreadable = "file-unreadable"
        case fileUnwritable = "file-unwritable"
        /// The process may open too few files, or could not open a pipe.
        case tooFewDescriptors = "too-few-descriptors"
        case tooFewThreads = "too-few-threads"
    }

    package let code: Code
    /// Sentences for people: what was wrong, with the value, and what to do. Wrong settings have one each, at least one.
    package let problems: [String]

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.problems = [detail]
    }

    /// - Parameter problems: each names its variable.
    init(settings problems: [String]) {
        self.code = .badSettings
        self.problems = problems
    }

    package var description: String { self.problems.joined(separator: "; ") }
}
