package import Base
import DequeModule

/// Makes sure that a signed request is accepted once.
///
/// A request may be dated one window ahead and then stays acceptable for two, so a nonce is kept for two windows and
/// five seconds. The clock may step and a body may arrive slowly, therefore one more rule makes the promise exact:
/// when a nonce is forgotten, timestamps up to its own are never accepted again.
///
/// After a restart the promise rests on what `ReplayHistory` brings along, and otherwise on a floor: timestamps that are
/// not newer than the start are refused.
package struct ReplayGuard: Sendable {
    private struct Entry {
        let claim: ReplayClaim
        let expiry: ContinuousClock.Instant
    }

    private struct Seen: Hashable {
        let key: UInt64
        let nonce: Nonce
    }

    /// How far above a timestamp the ceiling of its key is set. A busy key writes one ceiling in ten seconds; after a power
    /// failure it waits this much longer at most.
    static let ceilingSlackSeconds: Int64 = 10

    /// How far a timestamp may be from now in either direction.
    package let windowSeconds: Int64
    /// Above this number of remembered nonces, new requests are refused rather than forgotten.
    package let capacity: Int

    /// After this time no request can be accepted again that was accepted before it.
    let lifetime: Duration
    private var nonces: Set<Seen> = []
    private var entries = Deque<Entry>()
    private var shares: NonceShares
    /// Timestamps up to this one are refused, because a nonce of them is forgotten.
    private var forgotten: Int64 = .min
    /// Timestamps up to this one are refused, because they may have been used before the start.
    private var startFloor: Int64
    private var keyFloors: [UInt64: Int64] = [:]
    private var ceilings: [UInt64: Int64] = [:]

    /// A guard that knows nothing about the time before the start.
    ///
    /// - Parameters:
    ///   - windowSeconds: 1 to 3600; Drydock uses 60.
    ///   - capacity: 100 to 1,000,000 nonces, about 100 bytes each.
    package init(windowSeconds: Int64 = 60, capacity: Int = 10_000, startedAt: UnixTime) {
        self.windowSeconds = windowSeconds
        self.capacity = capacity
        self.lifetime = .seconds(2 * windowSeconds + 5)
        self.shares = NonceShares(capacity: capacity)
        self.startFloor = startedAt.seconds
    }

    /// A guard that goes on from where an earlier process ended.
    ///
    /// - Parameter boot: of the kernel that runs now. After another one the newest records may not have reached the disk.
    init(
        windowSeconds: Int64,
        capacity: Int,
        startedAt: UnixTime,
        history: ReplayHistory,
        boot: BootID,
        at now: Moment
    ) {
        self.init(windowSeconds: windowSeconds, capacity: capacity, startedAt: startedAt)
        self.keyFloors = history.keyFloors
        self.ceilings = history.ceilings
        if history.isIncomplete {
            // Nothing that was accepted before can be dated later than one window after the start.
            self.startFloor = max(history.floor, startedAt.seconds + windowSeconds)
        } else if history.boot == boot {
            // Whatever was written before the process died is in the file: the kernel lived on.
            self.startFloor = history.floor
        } else {
            self.startFloor = max(history.floor, startedAt.seconds)
            self.keyFloors.merge(history.ceilings) { max($0, $1) }
        }
        for claim in history.claims {
            guard claim.timestamp >= now.calendar.seconds - windowSeconds else {
                self.forgotten = max(self.forgotten, claim.timestamp)
                continue
            }
            self.remember(claim, at: now)
        }
    }

    package var count: Int { self.entries.count }

    /// Whole seconds, both ends included.
    package func isTimely(_ timestamp: Int64, at now: UnixTime) -> Bool {
        let (difference, overflow) = now.seconds.subtractingReportingOverflow(timestamp)
        return !overflow && difference.magnitude <= UInt64(self.windowSeconds) && timestamp > self.forgotten
    }

    package func hasSeen(_ nonce: Nonce, of key: VerifyingKey) -> Bool {
        self.nonces.contains(Seen(key: key.keyNumber, nonce: nonce))
    }

    /// How long a client has to wait until its clock shows a time that is accepted; `nil` if it does already.
    package func secondsToWait(_ timestamp: Int64, of key: VerifyingKey) -> Int? {
        let floor = self.floor(of: key)
        guard timestamp <= floor else { return nil }
        let (difference, overflow) = floor.subtractingReportingOverflow(timestamp)
        return overflow ? .max : Int(difference) + 1
    }

    private func floor(of key: VerifyingKey) -> Int64 {
        max(self.startFloor, self.keyFloors[key.keyNumber] ?? .min)
    }

    /// Why a timestamp is refused that an earlier process may have accepted; `nil` if none can have.
    ///
    /// Floors and ceilings are set one window and the slack ahead of the clock at most. One that is further ahead comes from
    /// a clock that was set back since. It stays: nothing here tells a wrong clock that was put right from a right one that
    /// was put wrong, and the second is how a replay would be prepared.
    func earlierUse(_ timestamp: Int64, of key: VerifyingKey, at now: UnixTime) -> ReplayRefusal? {
        guard let seconds = self.secondsToWait(timestamp, of: key) else { return nil }
        let floor = self.floor(of: key)
        return floor > now.seconds + self.windowSeconds + Self.ceilingSlackSeconds
            ? .clockSetBack(floor: floor, retryAfterSeconds: seconds) : .beforeStart(retryAfterSeconds: seconds)
    }

    /// Records the nonce of a request whose signature is valid. Losing a race counts as a replay.
    ///
    /// - Parameter keyCount: how many keys are authorized; the room is divided among them.
    package mutating func claim(
        _ nonce: Nonce,
        of key: VerifyingKey,
        timestamp: Int64,
        among keyCount: Int = 1,
        at now: Moment
    ) throws(ReplayRefusal) {
        let claim = ReplayClaim(key: key.keyNumber, timestamp: timestamp, nonce: nonce)
        try self.check(claim, of: key, among: keyCount, at: now)
        self.remember(claim, at: now)
    }

    /// Whether `claim` may be recorded. Call `remember` once it is.
    mutating func check(
        _ claim: ReplayClaim,
        of key: VerifyingKey,
        among keyCount: Int,
        at now: Moment
    ) throws(ReplayRefusal) {
        guard !self.hasSeen(claim.nonce, of: key) else { throw .used }
        self.forget(before: now.steady)
        guard claim.timestamp > self.forgotten else { throw .tooOld }
        if let refusal = self.earlierUse(claim.timestamp, of: key, at: now.calendar) { throw refusal }
        guard self.shares.hasRoom(for: claim.key, among: keyCount) else {
            let rest = self.entries.first.map { $0.expiry - now.steady } ?? .zero
            throw .noRoom(retryAfterSeconds: max(1, Int(rest.components.seconds) + 1))
        }
    }

    mutating func remember(_ claim: ReplayClaim, at now: Moment) {
        guard self.nonces.insert(Seen(key: claim.key, nonce: claim.nonce)).inserted else { return }
        self.entries.append(Entry(claim: claim, expiry: now.steady + self.lifetime))
        self.shares.add(claim.key)
    }

    /// The ceiling that has to be recorded before `claim` is; `nil` if an earlier one suffices.
    func newCeiling(for claim: ReplayClaim) -> Int64? {
        claim.timestamp <= self.ceilings[claim.key] ?? .min ? nil : claim.timestamp + Self.ceilingSlackSeconds
    }

    mutating func raiseCeiling(of key: UInt64, to timestamp: Int64) {
        self.ceilings[key] = timestamp
    }

    /// What a new file of the journal has to say, without the claims that stand in the file before it.
    ///
    /// Floors and ceilings of single keys that are older than the window become part of the common floor, so that keys
    /// that are gone take no room for ever.
    mutating func summary(generation: Int64, boot: BootID, at now: Moment) -> ReplayHistory {
        self.forget(before: now.steady)
        let oldest = now.calendar.seconds - self.windowSeconds
        for (key, timestamp) in self.keyFloors where timestamp < oldest {
            self.startFloor = max(self.startFloor, timestamp)
            self.keyFloors[key] = nil
        }
        for (key, timestamp) in self.ceilings where timestamp < oldest {
            self.startFloor = max(self.startFloor, timestamp)
            self.ceilings[key] = nil
        }
        var summary = ReplayHistory(generation: generation, boot: boot, floor: max(self.startFloor, self.forgotten))
        summary.keyFloors = self.keyFloors
        summary.ceilings = self.ceilings
        return summary
    }

    /// The claims that are still remembered, oldest first.
    var claims: [ReplayClaim] { (0..<self.entries.count).map { self.entries[$0].claim } }

    private mutating func forget(before now: ContinuousClock.Instant) {
        while let oldest = self.entries.first, oldest.expiry < now {
            _ = self.entries.popFirst()
            self.nonces.remove(Seen(key: oldest.claim.key, nonce: oldest.claim.nonce))
            self.shares.remove(oldest.claim.key)
            self.forgotten = max(self.forgotten, oldest.claim.timestamp)
        }
    }
}

/// Why a nonce was not taken.
package enum ReplayRefusal: Error, Hashable {
    case used
    case tooOld
    /// The timestamp is not newer than the start, so that an earlier process may have accepted it.
    case beforeStart(retryAfterSeconds: Int)
    /// The same, and this host's clock was set back behind that time.
    /// - Parameter floor: seconds since 1970 from which signatures are accepted again.
    case clockSetBack(floor: Int64, retryAfterSeconds: Int)
    /// More requests of this key within two windows than its share of `NONCE_LRU_SIZE` allows; worth a log line.
    case noRoom(retryAfterSeconds: Int)
    /// The nonce could not be written to the journal, so it would be forgotten by a restart.
    case unrecorded(detail: String)
}
