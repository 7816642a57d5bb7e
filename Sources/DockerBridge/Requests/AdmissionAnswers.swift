package import NIOCore

/// What the engine said to what a judgment asked. Its bounds hold for all questions of one judgment together.
package struct AdmissionAnswers: Sendable {
    /// What the engine said to one question.
    package enum Answer: Sendable, Equatable {
        case found(ByteBuffer)
        /// 404.
        case missing
        /// The engine could not be asked, or there was too much to ask.
        case failed
    }

    /// Questions of one judgment. A container has tens of volumes at most.
    static let most = 64
    /// Bytes of all answers of one judgment: what `docker inspect` says of a container has some 10 KiB.
    static let mostBytes = 4 << 20

    private var answers: [String: Answer] = [:]
    private var bytes = 0
    /// Whether a judgment wanted to know more than is asked for it. What has no answer then has failed.
    package private(set) var isCut = false

    package init() {}

    package subscript(_ target: String) -> Answer? { self.answers[target] ?? (self.isCut ? .failed : nil) }

    /// Questions that may still be asked.
    var questionsLeft: Int { max(0, Self.most - self.answers.count) }
    /// What one more answer may have.
    var bytesLeft: Int { max(0, Self.mostBytes - self.bytes) }

    /// Ends the questions. It takes the same work however many are left, so that no list of a request is gone through for it.
    package mutating func cut() {
        self.isCut = true
    }

    package mutating func add(_ answer: Answer, to target: String) {
        if case .found(let body) = answer { self.bytes += body.readableBytes }
        self.answers[target] = answer
    }
}
