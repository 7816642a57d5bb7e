/// How far one response has come, as its sink has heard it.
///
/// A sink may end a response by itself, because it is too large or its reader has left, while the producer still has
/// bytes of it. So every sink asks here before it acts on an event, and ignores what it is told not to take: a late or
/// repeated event is neither a trap nor a second answer.
package struct ResponseProgress {
    package enum Ending {
        case complete
        /// The response ended without a head; that is a failure.
        case headless
    }

    private enum Stage {
        case waiting
        case begun
        case over
    }

    private var stage = Stage.waiting

    package init() {}

    package var isOver: Bool { self.stage == .over }
    /// Whether bytes of the body are taken.
    package var takesBody: Bool { self.stage == .begun }

    /// - Returns: whether this head is the first one, of a response that is not over.
    package mutating func begin() -> Bool {
        guard self.stage == .waiting else { return false }
        self.stage = .begun
        return true
    }

    /// - Returns: how the response ended; `nil` when it was over before.
    package mutating func finish() -> Ending? {
        defer { self.stage = .over }
        switch self.stage {
        case .waiting: return .headless
        case .begun: return .complete
        case .over: return nil
        }
    }

    /// - Returns: whether the response ends with this failure, or with its sink's decision; `false` when it was over.
    package mutating func end() -> Bool {
        self.finish() != nil
    }
}

extension BridgeError {
    package static let headless = BridgeError(.malformedResponse, "the engine's answer ended before it began")
}
