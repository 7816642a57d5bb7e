import Auth
import Base
import DequeModule
import Dispatch
import Synchronization

/// Takes records to the trail's sink.
///
/// `record` never blocks and never waits for a disk: records queue up to a bound, a queue of its own writes them in
/// order. What does not fit is counted, and the trail says how much it lost as soon as it can write again.
///
/// Concurrency: any thread. `writer` belongs to `queue`; the rest is behind `pending`.
final class AuditQueue: Sendable {
    private struct Pending {
        var backlog = AuditBacklog()
        var isScheduled = false
        var isTimerSet = false
    }

    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "audit-trail")
    private let writer: Mutex<AuditWriter>

    /// - Parameters:
    ///   - signer: signs a checkpoint after 1,000 records or ten minutes, and at the end; without it there are none.
    ///   - report: called on the trail's queue when lines cannot be written, at most once a minute.
    /// - Throws: why the file cannot be opened.
    init(
        _ destination: AuditDestination,
        signer: SigningKey? = nil,
        now: Moment = .now,
        report: @escaping @Sendable (String) -> Void
    ) throws(KeyFileError) {
        self.writer = Mutex(try AuditWriter(destination, signer: signer, now: now, report: report))
    }

    func record(_ record: AuditRecord) {
        let mustSchedule = self.pending.withLock { pending in
            guard pending.backlog.add(record) else { return false }
            defer { pending.isScheduled = true }
            return !pending.isScheduled
        }
        if mustSchedule {
            self.queue.async { self.writePending(at: .now) }
        }
    }

    /// Opens the file anew, for log rotation. The old file stays in use if that fails.
    func reopen() async throws {
        try await self.onQueue { try self.writer.withLock { try $0.reopen(at: .now) } }
    }

    /// Writes what is queued, signs a last checkpoint and waits for the disk; for the end of the process.
    func close() async {
        try? await self.onQueue {
            self.writePending(at: .now)
            self.writer.withLock { $0.finish(at: .now) }
        }
    }

    private func writePending(at now: Moment) {
        let (records, lost) = self.pending.withLock { pending in
            defer {
                pending.backlog = AuditBacklog()
                pending.isScheduled = false
            }
            return (pending.backlog.records, pending.backlog.lost)
        }
        self.writer.withLock { $0.write(records, lost: lost, at: now) }
        self.setTimer()
    }

    /// One timer at a time, so that a quiet agent signs its last records too.
    private func setTimer() {
        guard let delay = self.writer.withLock({ $0.checkpointDelay(at: .now) }) else { return }
        let isSet = self.pending.withLock { pending in
            defer { pending.isTimerSet = true }
            return pending.isTimerSet
        }
        guard !isSet else { return }
        // Rounded up: a timer that is early would have to be set again.
        let milliseconds =
            Int(delay.components.seconds) * 1000 + Int(delay.components.attoseconds / 1_000_000_000_000_000) + 1
        self.queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
            guard let self else { return }
            self.pending.withLock { $0.isTimerSet = false }
            self.writer.withLock { $0.writeCheckpointIfDue(at: .now) }
            self.setTimer()
        }
    }

    private func onQueue(_ work: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            self.queue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}

/// The records that wait to be written: bounded in number and in bytes, whatever a peer puts into their texts.
///
/// One backlog may be on its way to a sink that does not take it while the next one fills.
struct AuditBacklog: Sendable {
    static let maxRecords = 4096
    /// Of text; 2 KiB for each record on average.
    static let maxTextBytes = 8 * 1024 * 1024

    private(set) var records = Deque<AuditRecord>()
    private(set) var textBytes = 0
    /// How many records found no room.
    private(set) var lost = 0

    /// Holds the record with its texts cut to the length at which they are written.
    ///
    /// - Returns: false if there is no room; the record then counts as lost.
    mutating func add(_ record: AuditRecord) -> Bool {
        let record = record.shortened
        let bytes = record.textBytes
        guard self.records.count < Self.maxRecords, self.textBytes + bytes <= Self.maxTextBytes else {
            self.lost += 1
            return false
        }
        self.records.append(record)
        self.textBytes += bytes
        return true
    }
}
