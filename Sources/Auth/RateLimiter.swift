/// Counts failed attempts per client and shuts a client out for the rest of its minute after ten of them.
package struct RateLimiter: Sendable {
    private struct Entry {
        let windowStart: ContinuousClock.Instant
        var failures: Int
    }

    /// The eleventh request within the window is refused.
    package static let maxFailures = 10
    /// Counted from the first failure and not prolonged by later ones.
    package static let window = Duration.seconds(60)

    /// When this many clients are known, the one whose window began first is dropped for a new one.
    package let capacity: Int
    private var entries: [IPAddress: Entry] = [:]
    private var order = FirstInFirstOut<IPAddress>()

    package init(capacity: Int = 10_000) {
        self.capacity = capacity
    }

    package var count: Int { self.entries.count }

    /// How many whole seconds `client` has to wait; `nil` if it may go on. Successes do not reset the count.
    package func secondsToWait(_ client: IPAddress, at now: ContinuousClock.Instant) -> Int? {
        guard let entry = self.entries[Self.bucket(of: client)], entry.failures >= Self.maxFailures else { return nil }
        let rest = entry.windowStart + Self.window - now
        guard rest > .zero else { return nil }
        return Int(rest.components.seconds) + (rest.components.attoseconds > 0 ? 1 : 0)
    }

    package mutating func recordFailure(of client: IPAddress, at now: ContinuousClock.Instant) {
        // Windows are equally long, so the order in which they began is the order in which they end.
        while let oldest = self.order.first, now - self.entries[oldest]!.windowStart >= Self.window {
            self.dropOldest()
        }
        let bucket = Self.bucket(of: client)
        if self.entries[bucket] != nil {
            self.entries[bucket]!.failures += 1
            return
        }
        if self.entries.count >= self.capacity {
            self.dropOldest()
        }
        self.entries[bucket] = Entry(windowStart: now, failures: 1)
        self.order.append(bucket)
    }

    private mutating func dropOldest() {
        guard let oldest = self.order.popFirst() else { return }
        self.entries[oldest] = nil
    }

    /// One IPv6 client usually owns a whole /64, so the lower half of its address says nothing.
    private static func bucket(of client: IPAddress) -> IPAddress {
        client.isIPv4 ? client : IPAddress(high: client.high, low: 0)
    }
}
