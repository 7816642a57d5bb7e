package import Base
import DequeModule

/// Counts failed attempts per client and shuts a client out for the rest of its minute after ten of them.
///
/// A wrong credential that is presented again tells an attacker nothing new, and one call of a command line presents its
/// own several times. So the same one counts once within a second, and once on one connection however often it comes.
/// A refusal that cost a derivation always counts, because what is bounded there is the work.
package struct RateLimiter: Sendable {
    private struct Entry {
        let windowStart: ContinuousClock.Instant
        /// Never more than `maxFailures`: what comes after that is not counted any more.
        var failures: [Failure]
    }

    private struct Failure {
        /// A hash of what was presented; `nil` counts every time.
        let credential: Int?
        let connection: UInt64?
        let time: ContinuousClock.Instant

        func isRepeated(by other: Failure) -> Bool {
            guard let credential = self.credential, credential == other.credential else { return false }
            return other.time - self.time < RateLimiter.repetition
                || self.connection != nil && self.connection == other.connection
        }
    }

    /// The eleventh request within the window is refused.
    package static let maxFailures = 10
    /// Counted from the first failure and not prolonged by later ones.
    package static let window = Duration.seconds(60)
    /// Within this time one wrong credential counts once.
    package static let repetition = Duration.seconds(1)

    /// When this many clients are known, the one whose window began first is dropped for a new one.
    package let capacity: Int
    private var entries: [IPAddress: Entry] = [:]
    private var order = Deque<IPAddress>()

    package init(capacity: Int = 10_000) {
        self.capacity = capacity
    }

    package var count: Int { self.entries.count }

    /// How many whole seconds `client` has to wait; `nil` if it may go on. Successes do not reset the count.
    package func secondsToWait(_ client: IPAddress, at now: ContinuousClock.Instant) -> Int? {
        guard let entry = self.entries[Self.bucket(of: client)], entry.failures.count >= Self.maxFailures else {
            return nil
        }
        let rest = entry.windowStart + Self.window - now
        guard rest > .zero else { return nil }
        return Int(rest.components.seconds) + (rest.components.attoseconds > 0 ? 1 : 0)
    }

    /// - Parameters:
    ///   - credential: a hash of what was presented; `nil` counts every time.
    ///   - connection: on which it was presented, if that is known.
    ///   - isCostly: the refusal cost a derivation: it counts although the credential was presented before.
    package mutating func recordFailure(
        of client: IPAddress,
        credential: Int? = nil,
        connection: UInt64? = nil,
        isCostly: Bool = false,
        at now: ContinuousClock.Instant
    ) {
        // Windows are equally long, so the order in which they began is the order in which they end.
        while let oldest = self.order.first, now - self.entries[oldest]!.windowStart >= Self.window {
            self.dropOldest()
        }
        let bucket = Self.bucket(of: client)
        let failure = Failure(credential: credential, connection: connection, time: now)
        if let known = self.entries[bucket]?.failures {
            let isRepeated = !isCostly && known.contains { $0.isRepeated(by: failure) }
            guard known.count < Self.maxFailures, !isRepeated else { return }
            self.entries[bucket]!.failures.append(failure)
            return
        }
        if self.entries.count >= self.capacity {
            self.dropOldest()
        }
        self.entries[bucket] = Entry(windowStart: now, failures: [failure])
        self.order.append(bucket)
    }

    private mutating func dropOldest() {
        guard let oldest = self.order.popFirst() else { return }
        self.entries[oldest] = nil
    }

    /// One IPv6 client usually owns a whole /64, so the lower half of its address says nothing. An address that was made
    /// from an IPv4 address counts as that one: its owner has many of the others for nothing.
    private static func bucket(of client: IPAddress) -> IPAddress {
        let client = client.embeddedIPv4 ?? client
        return client.isIPv4 ? client : IPAddress(high: client.high, low: 0)
    }
}
