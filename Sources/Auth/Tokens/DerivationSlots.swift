import DequeModule

/// Decides who may run an expensive derivation now, who waits and who is sent away. Holds no clock and runs nothing.
///
/// At most two run at once, so that tokens from strangers cost two times the memory and no more. The others wait a
/// little, so that a controller's first burst is not refused.
struct DerivationSlots: Sendable {
    /// Names one waiting caller.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    enum OnArrival: Hashable, Sendable {
        case run
        case wait(Ticket)
        case refuse
    }

    static let maxRunning = 2
    /// How long a caller waits before it is sent away.
    static let maxWait = Duration.seconds(2)
    /// More than a burst of a controller, few enough that waiting costs no memory worth mentioning.
    static let maxWaiting = 64

    private(set) var running = 0
    private var waiting = Deque<Ticket>()
    private var nextNumber: UInt64 = 0

    mutating func arrive() -> OnArrival {
        if self.running < Self.maxRunning {
            self.running += 1
            return .run
        }
        guard self.waiting.count < Self.maxWaiting else { return .refuse }
        let ticket = Ticket(number: self.nextNumber)
        self.nextNumber += 1
        self.waiting.append(ticket)
        return .wait(ticket)
    }

    /// One derivation ended; its place goes to the caller that is returned.
    mutating func finish() -> Ticket? {
        precondition(self.running > 0, "more derivations ended than began")
        if let next = self.waiting.popFirst() { return next }
        self.running -= 1
        return nil
    }

    /// The caller's patience ended. It may have been called up at the same moment; then this changes nothing.
    mutating func giveUp(_ ticket: Ticket) {
        self.waiting.removeAll { $0 == ticket }
    }
}
