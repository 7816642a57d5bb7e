import DockerBridge
import NIOCore

/// One thing that the controller asked for, and what has come of it.
final class Debt {
    enum Kind {
        case plain
        case stream
        case exec
        case liveLog
        case wholeLog
        case delete
    }

    let id: String
    let kind: Kind
    let key: Int
    let plan: AnswerPlan
    let since: NIODeadline
    /// How often the id was asked for, and so how many last words are due.
    var owed = 1
    var lastWords = 0
    /// The head of a stream, or the readiness of a process, was heard.
    var hasBegun = false
    var outBytes = 0
    var errorBytes = 0
    var typedBytes = 0
    /// The controller wants no more of it.
    var isCancelled = false
    /// The agent is known to have heard that. What comes now had ended there before, or should not come.
    var isBarred = false
    /// Something has come since.
    var hasSpokenSince = false

    init(_ kind: Kind, id: String, key: Int, plan: AnswerPlan, since: NIODeadline) {
        (self.kind, self.id, self.key, self.plan, self.since) = (kind, id, key, plan, since)
    }

    /// Of plain requests some bring a body along.
    var hasBody: Bool { self.key % 5 == 0 }

    var isSettled: Bool { self.isCancelled || self.lastWords == self.owed }

    /// A last word that is an error needs a reason.
    func excuse(_ message: String, isDisturbed: Bool) -> Bool {
        // The agent's own limits, and its own end.
        let ours = [
            "duplicate requestId", "agent busy", "too many", "session limit", "shutting down", "shutdown",
        ]
        if isDisturbed || ours.contains(where: message.contains) { return true }
        if self.kind == .plain, self.plan.hasBody, self.plan.body == .binary { return true }
        return !self.plan.isComplete || self.isSlow
    }

    /// What it may hold in the agent whatever the others do: the body of a request, input, and two reads of output.
    var mostHeldBytes: Int {
        let output = min(2 * self.plan.size, 128 * 1024)
        switch self.kind {
        case .plain:
            let body = self.hasBody ? self.plan.size / 2 : 0
            return output + (body < MemoryBudget.guaranteedBytes ? body : 0)
        case .exec: return output + self.plan.input
        case .stream, .liveLog, .wholeLog, .delete: return output
        }
    }

    /// Whether it may still be open when the weather has been fine for a while.
    func mayTakeForEver(isDisturbed: Bool) -> Bool {
        switch self.kind {
        case .plain, .wholeLog, .delete: false
        case .stream, .liveLog, .exec:
            if case .silent = self.plan.fate { true } else { isDisturbed }
        }
    }

    /// An answer that is gathered whole has half a minute to be complete, of which the agent may take a half for itself; a
    /// followed log in one piece has 7 s.
    private var isSlow: Bool {
        switch self.kind {
        case .plain: self.plan.duration > .seconds(12)
        case .wholeLog: self.plan.duration > (self.isFollowed ? .seconds(3) : .seconds(12))
        case .stream, .liveLog, .exec, .delete: false
        }
    }

    /// Of the logs in one piece every other one is followed for some seconds.
    var isFollowed: Bool { self.kind == .wholeLog && self.key % 2 == 0 }
}

extension Debt: CustomStringConvertible {
    var description: String { "'\(self.id)' (\(self.kind) \(self.plan))" }
}
