import NIOCore

/// How long the tunnel may go on waiting for an engine: spent while it waits, earned back by the bytes that the engine takes.
///
/// A value: the clock is elsewhere.
struct PauseCredit {
    private let most: TimeAmount
    /// At `since`, where it is being spent.
    private var left: TimeAmount
    private var since: NIODeadline?

    init(_ most: TimeAmount) {
        self.most = most
        self.left = most
    }

    /// When it is used up; `nil` while it is not being spent.
    var end: NIODeadline? { self.since.map { $0 + self.left } }

    /// It is being spent from now on, or no longer.
    mutating func spend(_ isSpent: Bool, now: NIODeadline) {
        guard isSpent != (self.since != nil) else { return }
        if isSpent {
            self.since = now
        } else {
            self.settle(now: now)
            self.since = nil
        }
    }

    mutating func earn(_ time: TimeAmount, now: NIODeadline) {
        self.settle(now: now)
        self.left = min(self.most, self.left + time)
    }

    private mutating func settle(now: NIODeadline) {
        guard let since = self.since, now > since else { return }
        self.left = self.left - (now - since)
        self.since = now
    }
}
