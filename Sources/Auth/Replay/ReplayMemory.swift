package import Base
import Dispatch
import Synchronization

/// The nonces that were used, shared by all connections; with a folder they survive the end of the process.
///
/// A request runs only after its nonce stands in the journal, so that no request that ran is forgotten, however the
/// process ends. That is one `write` of 48 bytes into the page cache, on the caller's thread: handing it to another thread
/// would cost more than it takes. It does not wait for the disk.
///
/// A power failure may lose the newest records, and then two other rules hold. Timestamps up to the start of the process
/// are refused after a boot, which covers every request that was not dated ahead of the clock. For the others each key has
/// a ceiling, a little above its highest accepted timestamp; it is on the disk before a request that is dated ahead runs,
/// and after a boot nothing up to it is accepted. This is the one case that waits for the disk, at most once in
/// `ReplayGuard.ceilingSlackSeconds` for each key whose clock is ahead.
///
/// Concurrency: any thread.
package final class ReplayMemory: Sendable {
    private struct State {
        var replay: ReplayGuard
        var journal: ReplayJournal?
        var isOpening = false
        var nextOpening: ContinuousClock.Instant?
        var lastReport: ContinuousClock.Instant?
    }

    /// A disk that fails is reported at most this often.
    private static let reportInterval = Duration.seconds(60)
    /// How often a journal that could not be opened is tried again, when a request comes.
    private static let openingInterval = Duration.seconds(1)
    /// Ceilings of requests that are not dated ahead reach the disk within this time.
    private static let synchronizeDelay = DispatchTimeInterval.milliseconds(100)

    private let state: Mutex<State>
    private let folder: String?
    private let boot: BootID
    private let startedAt: UnixTime
    private let report: @Sendable (String) -> Void
    private let queue = DispatchQueue(label: "replay-journal")

    /// Nothing survives: after a restart timestamps up to the start are refused.
    package init(_ replay: ReplayGuard) {
        self.state = Mutex(State(replay: replay))
        self.folder = nil
        self.boot = BootID(bytes: Nonce.random().raw)
        self.startedAt = UnixTime(seconds: 0)
        self.report = { _ in }
    }

    /// Goes on from the journal in `folder`. One that cannot be opened is reported; until it can be, signed requests are
    /// refused.
    ///
    /// - Parameter report: called with what is wrong with the journal, at most once a minute.
    package convenience init(
        windowSeconds: Int64,
        capacity: Int,
        folder: String,
        startedAt: Moment = .now,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.init(
            windowSeconds: windowSeconds,
            capacity: capacity,
            folder: folder,
            // A random one is unlike every other: then each start of the process counts as a boot.
            boot: .current ?? BootID(bytes: Nonce.random().raw),
            startedAt: startedAt,
            report: report
        )
    }

    init(
        windowSeconds: Int64,
        capacity: Int,
        folder: String,
        boot: BootID,
        startedAt: Moment,
        report: @escaping @Sendable (String) -> Void
    ) {
        let replay = ReplayGuard(windowSeconds: windowSeconds, capacity: capacity, startedAt: startedAt.calendar)
        self.state = Mutex(State(replay: replay))
        self.folder = folder
        self.boot = boot
        self.startedAt = startedAt.calendar
        self.report = report
        self.open(at: startedAt)
    }

    /// Whether the headers of a request pass, before anything is spent on its body.
    func check(_ nonce: Nonce, of key: VerifyingKey, timestamp: Int64, at now: Moment) throws(ReplayRefusal) {
        try self.state.withLock { state throws(ReplayRefusal) in
            guard state.replay.isTimely(timestamp, at: now.calendar) else { throw .tooOld }
            if let refusal = state.replay.earlierUse(timestamp, of: key, at: now.calendar) { throw refusal }
            guard !state.replay.hasSeen(nonce, of: key) else { throw .used }
        }
    }

    /// Records the nonce of a request whose signature is valid. The request may run when this returns.
    ///
    /// - Parameter keyCount: how many keys are authorized.
    func claim(
        _ nonce: Nonce,
        of key: VerifyingKey,
        timestamp: Int64,
        among keyCount: Int,
        at now: Moment
    ) throws(ReplayRefusal) {
        let claim = ReplayClaim(key: key.keyNumber, timestamp: timestamp, nonce: nonce)
        try self.state.withLock { state throws(ReplayRefusal) in
            try state.replay.check(claim, of: key, among: keyCount, at: now)
            if self.folder != nil {
                do throws(KeyFileError) {
                    try self.record(claim, in: &state, at: now)
                } catch {
                    self.refuses(error, in: &state, at: now.steady)
                    throw .unrecorded(detail: error.description)
                }
            }
            state.replay.remember(claim, at: now)
        }
    }

    private func record(_ claim: ReplayClaim, in state: inout State, at now: Moment) throws(KeyFileError) {
        guard var journal = state.journal else {
            self.openLater(&state, at: now)
            throw KeyFileError(.unwritable, "the journal of used nonces is not open", path: self.folder)
        }
        defer { state.journal = journal }
        if journal.isRotationDue(lifetime: state.replay.lifetime, at: now) {
            let generation = journal.generation + 1
            let summary = state.replay.summary(generation: generation, boot: self.boot, at: now)
            do throws(KeyFileError) {
                try journal.rotate(summary, at: now)
                self.synchronizeLater(journal.file)
            } catch {
                // The old file takes the record all the same; it is tried again with the next one.
                self.report("\(error)", in: &state, at: now.steady)
            }
        }
        var records: [ReplayRecord] = []
        let ceiling = state.replay.newCeiling(for: claim)
        if let ceiling { records.append(.ceiling(key: claim.key, timestamp: ceiling)) }
        records.append(.claim(claim))
        if let failure = journal.file.takeFailure() { self.report("\(failure)", in: &state, at: now.steady) }
        try journal.append(records, holdsCeiling: ceiling != nil)
        if let ceiling { state.replay.raiseCeiling(of: claim.key, to: ceiling) }
        guard journal.file.hasCeilingsToSynchronize else { return }
        if claim.timestamp > now.calendar.seconds {
            try journal.file.synchronize()
        } else {
            self.synchronizeLater(journal.file)
        }
    }

    /// One flush at a time. It holds on to the file only, so that the folder is free as soon as this object is.
    private func synchronizeLater(_ file: ReplayFile) {
        guard file.beginSynchronizing() else { return }
        self.queue.asyncAfter(deadline: .now() + Self.synchronizeDelay) { file.endSynchronizing() }
    }

    // MARK: Opening

    private func openLater(_ state: inout State, at now: Moment) {
        guard !state.isOpening, state.nextOpening.map({ $0 <= now.steady }) ?? true else { return }
        state.isOpening = true
        self.queue.async { [weak self] in self?.open(at: .now) }
    }

    private func open(at now: Moment) {
        guard let folder = self.folder else { return }
        let (window, capacity) = self.state.withLock { ($0.replay.windowSeconds, $0.replay.capacity) }
        do throws(KeyFileError) {
            let lock = try FolderLock(folder)
            var replay = ReplayGuard(windowSeconds: window, capacity: capacity, startedAt: self.startedAt)
            var generation: Int64 = 0
            let history = try ReplayHistory.read(folder: folder)
            if let history {
                replay = ReplayGuard(
                    windowSeconds: window,
                    capacity: capacity,
                    startedAt: self.startedAt,
                    history: history,
                    boot: self.boot,
                    at: now
                )
                // More than one, so that a previous file that stays behind is not taken for part of this one.
                generation = history.generation &+ 2
            }
            var summary = replay.summary(generation: generation, boot: self.boot, at: now)
            summary.claims = replay.claims
            let maxRecords = 2 * capacity + summary.records.count + 4096
            let journal = try ReplayJournal(
                folder: folder,
                lock: lock,
                history: summary,
                maxRecords: maxRecords,
                at: now
            )
            self.state.withLock { state in
                state.replay = replay
                state.journal = journal
                state.isOpening = false
            }
            if let damage = history?.damage { self.report(Self.words(of: damage, history, window: window)) }
        } catch {
            self.state.withLock { state in
                state.isOpening = false
                state.nextOpening = now.steady + Self.openingInterval
                self.refuses(error, in: &state, at: now.steady)
            }
        }
    }

    private static func words(of damage: String, _ history: ReplayHistory?, window: Int64) -> String {
        let consequence =
            history?.isIncomplete == true
            ? "signatures are refused for \(window) s" : "what stands before them is used"
        return "\(damage); \(consequence)"
    }

    private func refuses(_ error: KeyFileError, in state: inout State, at now: ContinuousClock.Instant) {
        self.report("\(error); signed requests are refused until then", in: &state, at: now)
    }

    private func report(_ text: String, in state: inout State, at now: ContinuousClock.Instant) {
        if let last = state.lastReport, now - last < Self.reportInterval { return }
        state.lastReport = now
        self.report(text)
    }
}
