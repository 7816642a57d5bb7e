import DequeModule

/// The newest records of this process, each with a cursor: 1 for the first, and so on.
///
/// A value: whoever holds one reads at leisure what there was when it was taken.
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
