import NIOCore

/// How long the tunnel may go on waiting for an engine: spent while it waits, earned back by the bytes that the engine takes.
///
/// A value: the clock is elsewhere.
struct PauseCredit {
    private let most: TimeAmount
    /// Time in which nothing is spent earns this part of itself; `nil` earns nothing.
    private let regain: Int64?
    /// At `settledAt`.
    private var left: TimeAmount
    private var isSpent = false
    private var settledAt: NIODeadline?

    init(_ most: TimeAmount, regain: Int64? = nil) {
        self.most = most
        self.regain = regain
        self.left = most
    }

    /// When it is used up; `nil` while it is not being spent.
    var end: NIODeadline? { self.isSpent ? self.settledAt.map { $0 + self.left } : nil }

    /// It is being spent from now on, or no longer.
    mutating func spend(_ isSpent: Bool, now: NIODeadline) {
        guard isSpent != self.isSpent else { return }
        self.settle(now: now)
        self.isSpent = isSpent
    }

    mutating func earn(_ time: TimeAmount, now: NIODeadline) {
        self.settle(now: now)
        self.left = min(self.most, self.left + time)
    }

    private mutating func settle(now: NIODeadline) {
        let passed = self.settledAt.map { max(.zero, now - $0) } ?? .zero
        self.settledAt = max(now, self.settledAt ?? now)
        if self.isSpent {
            self.left = self.left - passed
        } else if let regain {
            self.left = min(self.most, self.left + .nanoseconds(passed.nanoseconds / regain))
        }
    }
}
