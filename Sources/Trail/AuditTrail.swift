package import Auth
package import Base
import DequeModule
import Synchronization

/// Writes down who did what: in a sink that is there for good, in a ring that holds the newest for a client that asks, or in
/// both. A caller without a trail holds `nil` and pays one check.
///
/// Concurrency: any thread.
package final class AuditTrail: Sendable {
    /// Records a ring may hold; at most 4 KiB of text each.
    package static let maxRingCapacity = 100_000

    private let queue: AuditQueue?
    private let ring: Mutex<AuditRing>

    /// - Parameters:
    ///   - destination: `nil` for a trail that is only a ring.
    ///   - ringCapacity: records that it holds; 0 for none.
    ///   - signer: signs a checkpoint after 1,000 records or ten minutes, and at the end; without it there are none.
    ///   - report: called on the trail's queue when lines cannot be written, at most once a minute.
    /// - Throws: why the file cannot be opened.
    package init(
        _ destination: AuditDestination?,
        ringCapacity: Int = 0,
        signer: SigningKey? = nil,
        now: Moment = .now,
        report: @escaping @Sendable (String) -> Void
    ) throws(KeyFileError) {
        if let destination {
            self.queue = try AuditQueue(destination, signer: signer, now: now, report: report)
        } else {
            self.queue = nil
        }
        self.ring = Mutex(AuditRing(capacity: ringCapacity))
    }

    package var hasSink: Bool { self.queue != nil }

    package func record(_ record: AuditRecord) {
        self.ring.withLock { $0.append(record) }
        self.queue?.record(record)
    }

    /// How many records the ring holds, and could hold.
    package var ringCounts: (records: Int, capacity: Int) { self.ring.withLock { ($0.count, $0.capacity) } }

    /// What the ring holds at this moment. Keep it for a short time: while a caller does, a new record copies the ring.
    package var recent: AuditRing { self.ring.withLock { $0 } }

    /// Opens the file anew, for log rotation. The old file stays in use if that fails.
    package func reopen() async throws {
        try await self.queue?.reopen()
    }

    /// Writes what is queued, signs a last checkpoint and waits for the disk; for the end of the process.
    package func close() async {
        await self.queue?.close()
    }
}

/// The newest records of this process, each with a cursor: 1 for the first, and so on.
///
/// A value: its holder reads at leisure what there was when it was taken.
package struct AuditRing: Sendable {
    package let capacity: Int
    private var records = Deque<AuditRecord>()
    /// Of the newest record; 0 before the first.
    package private(set) var latestCursor = 0

    /// - Parameter capacity: 0 holds nothing.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    package var count: Int { self.records.count }
    /// Of the oldest record that is still here.
    package var oldestCursor: Int { self.latestCursor - self.records.count + 1 }

    package mutating func append(_ record: AuditRecord) {
        guard self.capacity > 0 else { return }
        if self.records.count == self.capacity { _ = self.records.popFirst() }
        self.records.append(record.shortened)
        self.latestCursor += 1
    }

    /// The records behind `cursor` as JSON objects, oldest first.
    ///
    /// - Parameters:
    ///   - cursor: of the last one known.
    ///   - limit: `nil` for all.
    package func lines(after cursor: Int, limit: Int?) -> [[UInt8]] {
        let first = max(cursor + 1, self.oldestCursor)
        guard first <= self.latestCursor else { return [] }
        // A limit may be as large as a number gets: it is compared, not added to.
        let count = min(self.latestCursor - first + 1, max(0, limit ?? .max))
        return (first..<first + count).map { self.records[$0 - self.oldestCursor].line(cursor: $0) }
    }

    /// Whether records between `cursor` and the oldest one are lost, or the cursor is of another process.
    package func isBroken(at cursor: Int) -> Bool {
        cursor < self.oldestCursor - 1 || cursor > self.latestCursor
    }
}
