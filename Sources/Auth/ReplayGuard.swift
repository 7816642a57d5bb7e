/// Makes sure that a signed request is accepted once.
///
/// A request may be dated one window ahead and then stays acceptable for two, so a nonce is kept for two windows and
/// five seconds. The clock may step and a body may arrive slowly, therefore one more rule makes the promise exact:
/// when a nonce is forgotten, timestamps up to its own are never accepted again.
package struct ReplayGuard: Sendable {
    private struct Seen: Hashable {
        let keyNumber: UInt64
        let nonce: Nonce
    }

    private struct Entry {
        let seen: Seen
        let timestamp: Int64
        let expiry: ContinuousClock.Instant
    }

    /// How much older than the start of the process a timestamp may be: clocks differ a little.
    package static let startToleranceSeconds: Int64 = 5

    /// How far a timestamp may be from now in either direction.
    package let windowSeconds: Int64
    /// Above this number of remembered nonces, new requests are refused rather than forgotten.
    package let capacity: Int

    private let lifetime: Duration
    private var nonces: Set<Seen> = []
    private var entries = FirstInFirstOut<Entry>()
    /// Timestamps up to this one are refused: they may have been used before the start, or their nonce is forgotten.
    private var lastRefusedTimestamp: Int64

    /// - Parameters:
    ///   - windowSeconds: 1 to 3600; Drydock uses 60.
    ///   - capacity: 100 to 1,000,000 nonces, about 100 bytes each.
    package init(windowSeconds: Int64 = 60, capacity: Int = 10_000, startedAt: UnixTime) {
        self.windowSeconds = windowSeconds
        self.capacity = capacity
        self.lifetime = .seconds(2 * windowSeconds + 5)
        self.lastRefusedTimestamp = startedAt.seconds - Self.startToleranceSeconds - 1
    }

    package var count: Int { self.entries.count }

    /// Whole seconds, both ends included.
    package func isTimely(_ timestamp: Int64, at now: UnixTime) -> Bool {
        let (difference, overflow) = now.seconds.subtractingReportingOverflow(timestamp)
        return !overflow && difference.magnitude <= UInt64(self.windowSeconds)
            && timestamp > self.lastRefusedTimestamp
    }

    package func hasSeen(_ nonce: Nonce, of key: VerifyingKey) -> Bool {
        self.nonces.contains(Seen(keyNumber: key.keyNumber, nonce: nonce))
    }

    /// Records the nonce of a request whose signature is valid. Losing a race counts as a replay.
    ///
    /// - Throws: the reason; the caller answers `.noRoom` like `.used`, because a full table must not let anybody in.
    package mutating func claim(
        _ nonce: Nonce,
        of key: VerifyingKey,
        timestamp: Int64,
        at now: ContinuousClock.Instant
    ) throws(ReplayRefusal) {
        let seen = Seen(keyNumber: key.keyNumber, nonce: nonce)
        guard !self.nonces.contains(seen) else { throw .used }
        self.forget(before: now)
        guard timestamp > self.lastRefusedTimestamp else { throw .tooOld }
        guard self.entries.count < self.capacity else { throw .noRoom }
        self.nonces.insert(seen)
        self.entries.append(Entry(seen: seen, timestamp: timestamp, expiry: now + self.lifetime))
    }

    private mutating func forget(before now: ContinuousClock.Instant) {
        while let oldest = self.entries.first, oldest.expiry < now {
            self.entries.popFirst()
            self.nonces.remove(oldest.seen)
            self.lastRefusedTimestamp = max(self.lastRefusedTimestamp, oldest.timestamp)
        }
    }
}

/// Why a nonce was not taken.
package enum ReplayRefusal: Error {
    case used
    case tooOld
    /// More requests within two windows than `NONCE_LRU_SIZE` allows; worth a log line.
    case noRoom
}
