import NIOCore

/// When the inventory looks at the engine next: at once after an event, and now and then anyway.
///
/// Concurrency: lives on one event loop.
final class InventoryPace {
    struct Due: OptionSet, Sendable {
        let rawValue: Int
        static let poll = Due(rawValue: 1)
        static let retry = Due(rawValue: 2)
    }

    /// A container whose inspect failed is asked about again after this time.
    private static let retryInterval = TimeAmount.seconds(5)

    private let eventLoop: any EventLoop
    private let usualInterval: TimeAmount
    private var interval: TimeAmount
    /// Wakes the task that does the work.
    let wake: @Sendable () -> Void
    private var due: Due = []
    private var poll: Scheduled<Void>?
    private var isRetryScheduled = false

    init(eventLoop: any EventLoop, pollInterval: TimeAmount, wake: @escaping @Sendable () -> Void) {
        self.eventLoop = eventLoop
        self.usualInterval = pollInterval
        self.interval = pollInterval
        self.wake = wake
    }

    /// - Parameter interval: `nil` goes back to the usual one.
    func setInterval(_ interval: TimeAmount?) {
        self.interval = interval ?? self.usualInterval
        if self.poll != nil { self.looked() }
    }

    /// Everything was looked at just now; the next time is an interval away.
    func looked() {
        self.poll?.cancel()
        self.poll = self.eventLoop.assumeIsolated().scheduleTask(in: self.interval) { self.becomeDue(.poll) }
    }

    func retry() {
        guard !self.isRetryScheduled else { return }
        self.isRetryScheduled = true
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.retryInterval) {
            self.isRetryScheduled = false
            self.becomeDue(.retry)
        }
    }

    func takeDue() -> Due {
        exchange(&self.due, with: [])
    }

    private func becomeDue(_ what: Due) {
        self.due.insert(what)
        self.wake()
    }
}
