import DockerBridge

/// Why containers could not be checked: the engine could not be asked.
///
/// `detail` is a sentence for people.
package struct CheckError: Error, Equatable, CustomStringConvertible {
    /// Vocabulary of logs and tests: add, never rename.
    package enum Code: String, CaseIterable, Sendable {
        /// The engine did not answer this question in time.
        case engineLate = "engine-late"
        /// The engine answers, but not with what was asked for.
        case engineRefuses = "engine-refuses"
        case engineUnreachable = "engine-unreachable"
        /// An answer is not JSON, or larger than is read.
        case engineUnreadable = "engine-unreadable"
    }

    package let code: Code
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Of a question that went without an answer.
    init(_ error: any Error) {
        let code: Code =
            switch (error as? BridgeError)?.code {
            case .timedOut: .engineLate
            case .tooLarge: .engineUnreadable
            default: .engineUnreachable
            }
        self.init(code, "\(error)")
    }

    /// Whether an engine may answer the next question all the same.
    var isOfOneQuestion: Bool { self.code == .engineLate || self.code == .engineUnreadable }

    /// Whether an engine may describe the next container all the same.
    var isOfOneContainer: Bool { self.isOfOneQuestion || self.code == .engineRefuses }

    package var description: String { self.detail }
}
