import DequeModule

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
