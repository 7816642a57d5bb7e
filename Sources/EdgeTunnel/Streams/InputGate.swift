import DockerBridge
import NIOCore

/// Decides when the tunnel stops reading because processes are slow to take their input, and which session is lost for it.
///
/// All sessions share one connection, so a pause holds up everything. Two rules limit that:
///
/// - From `fullBytes` on a pause is paid for out of a credit: at most `longestPause` in one go, earned back by the bytes
///   that full sessions take, and slowly by time. Then the tunnel reads on and the session's queue grows.
/// - From `brimBytes` on the tunnel waits for a process that makes progress, as long as it does: its input is not lost,
///   and a sender that runs ahead of it is slowed down to its pace. Progress is `progressBytes` within `longestPause`, so
///   a process that trickles does not hold up the others. Behind one that makes none the tunnel reads on, and what its
///   session cannot hold ends that session.
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
    /// What a session may hold, less what one read burst may add before a pause takes effect.
    static let brimBytes = ExecSession.maximumInputBytes - (256 << 10)
    /// 512 KiB/s over `longestPause`: what the buffers of both ends hold, some 10 MiB, passes in 20 s, well before a controller
    /// misses the pong that stands behind it (a Drydock gives up after 60 s).
    static let progressBytes = 410 << 10
    /// Time without a pause earns this part of itself.
    static let regain = 8
    /// Below this a pause is not worth its system calls.
    static let shortestPause = TimeAmount.milliseconds(10)

    private struct Session {
        var waiting = 0
        var taken: Int
        /// When its process took a byte last, or its input began to wait.
        var tookAt: NIODeadline
        /// When its process had taken `progressBytes` more, and what it had taken by then.
        var progress: (at: NIODeadline, taken: Int)
        var fullSince: NIODeadline?

        var isAtTheBrim: Bool { self.waiting >= InputGate.brimBytes }

        mutating func took(_ taken: Int, now: NIODeadline) {
            self.taken = taken
            self.tookAt = now
            if taken - self.progress.taken >= InputGate.progressBytes { self.progress = (now, taken) }
        }

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
        var session = self.sessions[id] ?? Session(taken: taken, tookAt: now, progress: (now, taken))
        if taken > session.taken {
            if session.fullSince != nil { self.earn(taken - session.taken) }
            session.took(taken, now: now)
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
        // Of the reasons to pause the last one to end counts.
        let end = max(self.settledAt + self.credit, self.progressEnd ?? .distantPast)
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
            self.credit = max(self.credit - elapsed, .zero - self.longestPause)
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
        let isPaidFor = self.credit >= needed && self.sessions.values.contains { $0.fullSince != nil }
        self.isPaused = isPaidFor || self.progressEnd.map { $0 > self.settledAt } ?? false
    }

    /// Until when the tunnel waits for a process that makes progress; `nil` where no session is at the brim.
    private var progressEnd: NIODeadline? {
        let atTheBrim = self.sessions.values.filter { $0.isAtTheBrim }
        return atTheBrim.map { $0.progress.at + self.longestPause }.max()
    }
}
