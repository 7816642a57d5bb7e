import Base
import Drydock

/// Decides what follows an attempt: where to dial next, when, or whether to rest.
///
/// Attempts come in cycles. A cycle walks the controllers in their order; at each it may try the other dialect and the
/// other key once, and measure the clock once. Only a whole cycle counts as a failure for the back-off, so a list of
/// two controllers or a dialect that is switched off does not change how fast the delay grows. A session that was
/// welcomed ends its cycle.
///
/// ```
/// dial ──failed──▶ another way left in this cycle? ──yes──▶ dial it, one floor later
///   ▲                       │ no
///   │                       ├── every controller gave a final answer ──▶ parked ──5 min, SIGHUP, new key──┐
///   └──────── back-off ◀────┘                                                                             │
///   ▲─────────────────────────────────────────────────────────────────────────────────────────────────────┘
/// ```
///
/// A value: no clock, no random source, no socket.
struct Recovery: Sendable {
    /// Two dials never start closer than this, whatever happened: at most 60 in any minute. A Drydock refuses the
    /// 1001st upgrade of an address in 15 minutes, which is 66 in a minute.
    static let floor = Duration.seconds(1)
    /// A session that lived this long resets the back-off; one that dies sooner may be caused by what it carried.
    static let healthyAfter = Duration.seconds(30)
    /// Between two dials while parked, less or more a quarter.
    static let parkedDelay = Duration.seconds(300)
    /// Between two dials while the controller still holds our last session.
    static let reapingDelay = Duration.seconds(5)
    /// A Drydock reaps within 60 s from 1.6 on; an older one may take until TCP gives up, and gets the back-off.
    static let reapingTries = 18
    /// A fleet whose controller restarts comes back spread over this time.
    static let fleetSpread = Duration.seconds(5)
    /// While a controller is replaced, the reverse proxy before it answers in its place: with a 404, a 405 or the like. From
    /// an address that has welcomed this process such an answer is final only once nothing else came for this long.
    static let misroutedFor = Duration.seconds(900)
    /// The longest wish of a controller that is obeyed.
    static let longestWish = Duration.seconds(3600)

    struct Settings: Sendable {
        var controllers: [ControllerAddress]
        /// `nil` finds it out.
        var dialect: Dialect?
        var hasNextKey = false
        var base = Duration.seconds(1)
        var cap = Duration.seconds(60)
        var floor = Recovery.floor
    }

    struct Next: Equatable, Sendable {
        var candidate: Candidate
        var wait: Duration
        /// Ask the controller's origin for its time before the hello.
        var measuresClock = false
        /// Set while only a person can help; `wait` ends early when something was changed.
        var parking: Parking?
    }

    private let settings: Settings
    private var backoff: Backoff
    /// What last worked, and where the next cycle starts.
    private var dialect: Dialect
    private var key = KeySlot.current
    private var cycle = Cycle()
    private var reapingTries = 0
    /// The controllers that have welcomed this process.
    private var known: Set<Int> = []
    /// Since when a known controller's address has answered only as one without an agent endpoint does.
    private var misrouted: [Int: ContinuousClock.Instant] = [:]
    private var lastStart: ContinuousClock.Instant?

    private struct Cycle {
        var tried: Set<Candidate> = []
        /// What each way said that cannot change by itself.
        var parkings: [Candidate: Parking] = [:]
        var wish = Duration.zero
        var hasMeasuredClock = false
    }

    init(_ settings: Settings) {
        self.settings = settings
        self.backoff = Backoff(base: settings.base, cap: settings.cap)
        self.dialect = settings.dialect ?? .portwing
    }

    /// Where to begin, in this process or after a rest.
    var first: Candidate { self.firstChoice(at: 0) }

    /// A dial of `candidate` begins.
    mutating func started(_ candidate: Candidate, now: ContinuousClock.Instant) {
        self.lastStart = now
        self.cycle.tried.insert(candidate)
    }

    /// What is left of the floor: the shortest wait allowed when an operator asks for a dial at once.
    func restOfFloor(now: ContinuousClock.Instant) -> Duration {
        guard let lastStart else { return .zero }
        return max(.zero, self.settings.floor - lastStart.duration(to: now))
    }

    /// Configuration changed: forget earlier verdicts.
    mutating func startOver() {
        self.cycle = Cycle()
        self.reapingTries = 0
        self.misrouted = [:]
        self.backoff.reset()
    }

    /// - Parameters:
    ///   - uptime: since the welcome; `nil` when there was none.
    ///   - slot: this agent's place in its fleet, 0..<1.
    /// - Returns: `nil` when we are leaving.
    mutating func ended(
        _ end: SessionEnd,
        of candidate: Candidate,
        uptime: Duration?,
        slot: Double,
        now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Next? {
        let consequence = self.consequence(of: end, at: candidate.controller, now: now)
        if consequence == .stop { return nil }
        if let uptime {
            self.welcomed(candidate, uptime: uptime)
            return self.nextCycle(
                leaving: end.isControllerLeaving ? slot : nil,
                now: now,
                using: &generator
            )
        }
        if consequence == .awaitReaping, self.reapingTries < Self.reapingTries {
            self.reapingTries += 1
            return Next(candidate: candidate, wait: self.wait(Self.reapingDelay, now: now))
        }
        self.note(consequence, of: candidate)
        if let another = self.anotherWay(than: candidate, after: consequence) {
            let measures = another == candidate
            if measures { self.cycle.hasMeasuredClock = true }
            return Next(candidate: another, wait: self.wait(.zero, now: now), measuresClock: measures)
        }
        return self.nextCycle(leaving: nil, now: now, using: &generator)
    }

    // MARK: Inside a cycle

    /// What the end asks for, from this address at this time.
    private mutating func consequence(
        of end: SessionEnd,
        at controller: Int,
        now: ContinuousClock.Instant
    ) -> Consequence {
        guard end.isMisrouted, self.known.contains(controller) else {
            self.misrouted[controller] = nil
            return end.consequence
        }
        let since = self.misrouted[controller] ?? now
        self.misrouted[controller] = since
        return since.duration(to: now) < Self.misroutedFor ? .otherDialect(nil) : end.consequence
    }

    private mutating func welcomed(_ candidate: Candidate, uptime: Duration) {
        self.dialect = candidate.dialect
        self.key = candidate.key
        self.known.insert(candidate.controller)
        self.cycle = Cycle()
        self.reapingTries = 0
        if uptime >= Self.healthyAfter { self.backoff.reset() }
    }

    private mutating func note(_ consequence: Consequence, of candidate: Candidate) {
        switch consequence {
        case .retry(let wish?): self.cycle.wish = max(self.cycle.wish, min(wish, Self.longestWish))
        case .park(let parking), .otherKey(let parking), .otherDialect(let parking?):
            self.cycle.parkings[candidate] = parking
        case .retry(nil), .otherDialect(nil), .measureClock, .awaitReaping, .stop: break
        }
    }

    private func anotherWay(than candidate: Candidate, after consequence: Consequence) -> Candidate? {
        var other = candidate
        switch consequence {
        case .measureClock:
            if !self.cycle.hasMeasuredClock { return candidate }
        case .otherKey:
            other.key = candidate.key.other
            if self.settings.hasNextKey, !self.cycle.tried.contains(other) { return other }
        case .otherDialect:
            other.dialect = candidate.dialect.other
            if self.mayChoose(at: candidate.controller), !self.cycle.tried.contains(other) { return other }
        case .retry, .awaitReaping, .park, .stop: break
        }
        let next = candidate.controller + 1
        return next < self.settings.controllers.count ? self.firstChoice(at: next) : nil
    }

    private func mayChoose(at controller: Int) -> Bool {
        self.settings.dialect == nil && self.settings.controllers[controller].pinned == nil
    }

    private func firstChoice(at controller: Int) -> Candidate {
        let pinned = self.settings.controllers[controller].pinned?.dialect
        return Candidate(controller: controller, dialect: pinned ?? self.dialect, key: self.key)
    }

    // MARK: Between cycles

    /// - Parameter leaving: the agent's slot, when the whole fleet is about to come back.
    private mutating func nextCycle(
        leaving slot: Double?,
        now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Next {
        let over = self.cycle
        self.cycle = Cycle()
        if let parking = self.parking(over) {
            let wait = Backoff.jitter(Self.parkedDelay, using: &generator)
            return Next(candidate: self.first, wait: self.wait(wait, now: now), parking: parking)
        }
        var wait = self.backoff.next(using: &generator)
        // Never earlier than wished, and not all at the same moment.
        if over.wish > .zero { wait = max(wait, over.wish * (1 + 0.25 * Backoff.fraction(using: &generator))) }
        if let slot { wait += min(Self.fleetSpread, self.settings.cap) * slot }
        return Next(candidate: self.first, wait: self.wait(wait, now: now))
    }

    /// The first final answer, when nothing but final answers came, from every controller.
    private func parking(_ cycle: Cycle) -> Parking? {
        guard !cycle.tried.isEmpty, cycle.tried.allSatisfy({ cycle.parkings[$0] != nil }) else { return nil }
        let asked = Set(cycle.tried.map(\.controller))
        guard asked.count == self.settings.controllers.count else { return nil }
        return cycle.parkings.min { $0.key.order < $1.key.order }?.value
    }

    private func wait(_ wait: Duration, now: ContinuousClock.Instant) -> Duration {
        max(wait, self.restOfFloor(now: now))
    }
}

extension Candidate {
    /// The current key at the first controller comes first: its answer is the one to tell.
    fileprivate var order: Int {
        self.controller * 4 + (self.key == .current ? 0 : 2) + (self.dialect == .portwing ? 0 : 1)
    }
}

/// One way to reach a controller.
struct Candidate: Hashable, Sendable {
    /// Index into the list of controllers.
    var controller: Int
    var dialect: Dialect
    var key: KeySlot
}

/// Which of the configured private keys signs the hello.
package enum KeySlot: String, Sendable {
    case current
    /// `PRIVATE_KEY_NEXT_FILE`, registered before the current one is withdrawn.
    case next

    var other: KeySlot { self == .current ? .next : .current }
}
