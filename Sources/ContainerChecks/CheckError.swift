import DockerBridge

/// Why containers could not be checked: the engine could not be asked.
///
/// `detail` is a sentence for people.
package struct CheckError: Error, Equatable, CustomStringConvertible {
    /// Vocabulary of logs and tests: add, never rename.
    package enum Code: String, CaseIterable, Sendable {
        /// The engine answers, but not with what was asked for.
        case engineRefuses = "engine-refuses"
        case engineUnreachable = "engine-unreachable"
        case engineUnreadable = "engine-unreadable"
    }

    package let code: Code
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { self.detail }
}
