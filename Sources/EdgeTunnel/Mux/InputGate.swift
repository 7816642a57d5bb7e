import NIOCore

/// Decides when the tunnel stops reading because processes are slow to take their input, and which session is lost for it.
///
/// All sessions share one connection, so a pause holds up everything. It is paid for out of a credit: at most
/// `longestPause` in one go, earned back by the bytes that full sessions take, and slowly by time. A process that takes
/// 5 MiB/s or more may have the tunnel wait for it for ever. Behind a slower one the tunnel reads on after `longestPause`,
/// and what its session cannot hold ends that session.
///
/// A value: `now` comes from outside.
struct InputGate {
    /// A terminal never gets there; a paste into a slow process does. Half of what a session may hold.
    static let fullBytes = 2 << 20
    /// What a session may have waiting while memory is short.
    static let scarceBytes = 64 * 1024
    /// A full session whose process has taken no byte for this long is over.
    static let patience = TimeAmount.seconds(2)
    /// Keys of other sessions and requests are answered within a second.
    static let longestPause = TimeAmount.milliseconds(800)
    /// Bytes that earn a whole `longestPause`.
    static let earningBytes = 4 << 20
    /// Time without a pause earns this part of itself.
    static let regain = 8
    /// Below this a pause is not worth its system calls.
    static let shortestPause = TimeAmount.milliseconds(10)

    private struct Session {
        var waiting = 0
        var taken: Int
        /// When its process took a byte last, or its input began to wait.
        var tookAt: NIODeadline
        var fullSince: NIODeadline?

        func deadline(_ patience: TimeAmount) -> NIODeadline? {
            self.fullSince.map { max($0, self.tookAt) + patience }
        }
    }

    private let patience: TimeAmount
    private let longestPause: TimeAmount
    private var sessions: [String: Session] = [:]
    private var credit: TimeAmount
    private var settledAt = NIODeadline.distantPast
    private(set) var isPaused = false

    init(patience: TimeAmount = Self.patience, longestPause: TimeAmount = Self.longestPause) {
        self.patience = patience
        self.longestPause = longestPause
        self.credit = longestPause
    }

    /// Whether anything is known of session `id`: one that has nothing waiting is soon forgotten.
    func knows(_ id: String) -> Bool { self.sessions[id] != nil }

    /// The full sessions.
    var full: [String] { self.sessions.compactMap { $0.value.fullSince == nil ? nil : $0.key } }

    /// Session `id` has `waiting` bytes of input queued; its process has taken `taken` bytes so far.
    mutating func updated(_ id: String, waiting: Int, taken: Int, isMemoryShort: Bool, now: NIODeadline) {
        guard waiting > 0 || self.knows(id) else { return }
        self.settle(now: now)
        guard waiting > 0 else { return self.removed(id, now: now) }
        var session = self.sessions[id] ?? Session(taken: taken, tookAt: now)
        if taken > session.taken {
            if session.fullSince != nil { self.earn(taken - session.taken) }
            session.taken = taken
            session.tookAt = now
        }
        session.waiting = waiting
        let isFull = waiting >= (isMemoryShort ? Self.scarceBytes : Self.fullBytes)
        session.fullSince = isFull ? session.fullSince ?? now : nil
        self.sessions[id] = session
        self.decide()
    }

    mutating func removed(_ id: String, now: NIODeadline) {
        guard self.sessions.removeValue(forKey: id) != nil else { return }
        self.settle(now: now)
        self.decide()
    }

    /// Time passes.
    /// - Returns: the sessions whose process takes nothing.
    mutating func tick(now: NIODeadline) -> [String] {
        self.settle(now: now)
        let lost = self.sessions.compactMap { id, session in
            session.deadline(self.patience).map { now >= $0 } == true ? id : nil
        }
        for id in lost { self.sessions[id] = nil }
        self.decide()
        return lost
    }

    /// When `tick` has something to do.
    var nextDeadline: NIODeadline? {
        let lost = self.sessions.values.compactMap { $0.deadline(self.patience) }.min()
        guard self.isPaused else { return lost }
        let end = self.settledAt + self.credit
        return lost.map { min($0, end) } ?? end
    }

    /// The fullest of the sessions that hold more than is theirs anyway: of those whose process has taken nothing for
    /// the longest pause, else of all unless `isIdle`.
    func fullest(now: NIODeadline, isIdle: Bool = false) -> String? {
        let large = self.sessions.filter { $0.value.waiting > Self.scarceBytes }
        let idle = large.filter { now - $0.value.tookAt >= self.longestPause }
        return (idle.isEmpty && !isIdle ? large : idle).max { ($0.value.waiting, $0.key) < ($1.value.waiting, $1.key) }?
            .key
    }

    // MARK: Credit

    private mutating func settle(now: NIODeadline) {
        let elapsed = max(now - self.settledAt, .zero)
        self.settledAt = max(now, self.settledAt)
        if self.isPaused {
            // Below zero too: what was taken too much is taken off the next one.
            self.credit = self.credit - elapsed
        } else {
            self.credit = min(self.longestPause, self.credit + .nanoseconds(elapsed.nanoseconds / Int64(Self.regain)))
        }
    }

    private mutating func earn(_ bytes: Int) {
        let part = Double(bytes) / Double(Self.earningBytes)
        let earned = TimeAmount.nanoseconds(Int64(min(part, 1) * Double(self.longestPause.nanoseconds)))
        self.credit = min(self.longestPause, self.credit + earned)
    }

    private mutating func decide() {
        let needed = self.isPaused ? TimeAmount.nanoseconds(1) : min(Self.shortestPause, self.longestPause)
        self.isPaused = self.credit >= needed && self.sessions.values.contains { $0.fullSince != nil }
    }
}
