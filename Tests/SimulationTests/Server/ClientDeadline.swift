import NIOCore

@testable import LocalServer

/// By when something has to happen on a connection, worked out from what passed over it and not from its machine's state.
extension ClientRecord {
    struct Deadline {
        let time: NIODeadline
        let reason: String
    }

    /// A deadline is met to within a second by the door, and by the engine's client as well.
    private static let slack = TimeAmount.seconds(3)
    private static let head = TimeAmount.seconds(10)
    private static let idle = TimeAmount.seconds(120)
    private static let check = TimeAmount.seconds(30)
    private static let output = TimeAmount.seconds(60)
    private static let skip = TimeAmount.seconds(10)
    private static let linger = TimeAmount.seconds(2)
    private static let engine = TimeAmount.seconds(30)
    private static let route = TimeAmount.seconds(90)
    /// The longest that the simulated route for strangers takes.
    static let slowRoute = TimeAmount.seconds(5)

    /// `nil` where the connection may go on for as long as the client and the engine like.
    func deadline(isWritable: Bool) -> Deadline? {
        guard !self.isClosed, !self.isAnswering, !self.isUpgraded else { return nil }
        func by(_ time: NIODeadline, _ reason: String) -> Deadline { Deadline(time: time + Self.slack, reason: reason) }
        if self.hasClosingAnswer {
            return by(self.lastCompleted + Self.output + Self.linger, "closing after the last answer")
        }
        let request = self.current
        if let since = self.inputEndedAt, request?.kind != .upgrade { return by(since, "left by its client") }
        let last = self.completed > 0 ? self.requests[self.completed - 1] : nil
        if let last, last.endSeen == nil { return by(self.lastCompleted + Self.skip, "skipping the rest of \(last)") }
        if !isWritable { return by(self.lastCompleted + Self.output, "waiting for its client to read") }
        let turn = max(self.lastCompleted, self.writableSince)
        guard let request, let start = request.startSeen else {
            return self.completed == 0
                ? by(self.openedAt + Self.head, "new") : by(turn + Self.idle, "idle")
        }
        guard let head = request.headSeen else {
            let since = self.completed == 0 ? self.openedAt : max(start, turn)
            return by(since + Self.head, "reading a head")
        }
        if request.kind == .garbage { return by(max(head, turn) + Self.head, "reading \(request)") }
        return self.deadline(of: request, since: max(head, turn)).map { by($0, "at work on \(request)") }
    }

    private func deadline(of request: ClientRequest, since: NIODeadline) -> NIODeadline? {
        var time = since
        if self.surroundings.isDerived, !request.isPublic, !request.isSigned { time = time + Self.check }
        if request.isGathered {
            let isStranger = request.isPublic || request.isSigned
            let rule = isStranger ? (grace: 10, rate: 64 << 10) : (grace: 30, rate: 4 << 10)
            let bytes = max(0, min(self.readBytes, request.end) - request.headEnd)
            let late = time + .seconds(Int64(rule.grace)) + .milliseconds(Int64(bytes) * 1000 / Int64(rule.rate))
            guard let end = request.endSeen else { return late }
            time = max(time, min(end, late))
        }
        return switch request.kind {
        case .health, .echo, .events, .garbage: time
        case .ready: time + Self.slowRoute
        case .silent: time + Self.route
        case .engine, .upgrade: time + Self.engine
        // A build takes what it takes; a client without a credential has none of it.
        case .longWork: request.mayBeLetIn(self.surroundings.isDerived) ? nil : time
        }
    }
}
