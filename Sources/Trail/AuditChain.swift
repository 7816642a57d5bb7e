import Auth
import Base

/// Ties every line of the audit trail to the one before, so that a changed, removed or moved line shows.
///
/// Each line carries the SHA-256 of the previous line. A program that can write the file could compute the hashes anew;
/// therefore, if the agent has a key, a checkpoint signs the hash every now and then. What follows the last
/// checkpoint is only as safe as the file.
struct AuditChain: Sendable {
    /// The `prev` of the very first line.
    static let origin = String(repeating: "0", count: 64)
    /// A checkpoint is due after this many records…
    static let recordsPerCheckpoint = 1000
    /// …or this long after the first record that is not covered.
    static let checkpointInterval = Duration.seconds(600)

    private(set) var previous: String
    private(set) var sequence = 0
    private var uncovered = 0
    private var firstUncovered: Moment?
    /// The last line came from an earlier process, or from another one: what it leaves uncovered is not known here.
    private var continuesUnknown = false

    init(after previous: String = Self.origin) {
        self.previous = previous
    }

    /// The line for `record`. Call `accept` once it is written, so that a failed write leaves no hole.
    func line(for record: AuditRecord) -> [UInt8] {
        record.line(sequence: self.sequence, previous: self.previous)
    }

    ///
    /// - Parameter now: its calendar is the record's own time, which is what a verifier will read.
    mutating func accept(_ line: [UInt8], at now: Moment) {
        self.previous = SHA256Digest(of: line.span).hex
        self.sequence += 1
        self.uncovered += 1
        self.firstUncovered = self.firstUncovered ?? now
    }

    /// The file ends with another line than ours: go on from there, with the count at zero.
    mutating func restart(after previous: String) {
        self.previous = previous
        self.sequence = 0
        self.uncovered = 0
        self.firstUncovered = nil
        self.continuesUnknown = true
    }

    /// By both clocks: the calendar is what a verifier sees, and it may have been set.
    func isCheckpointDue(at now: Moment) -> Bool {
        guard let first = self.firstUncovered else { return false }
        let seconds = now.calendar.seconds - first.calendar.seconds
        return self.uncovered >= Self.recordsPerCheckpoint || self.continuesUnknown
            || now.steady - first.steady >= Self.checkpointInterval || .seconds(seconds) >= Self.checkpointInterval
    }

    /// How long until the checkpoint is due by time, by the clock that gets there first; `nil` without uncovered records.
    func timeUntilCheckpoint(at now: Moment) -> Duration? {
        self.firstUncovered.map { first in
            guard !self.isCheckpointDue(at: now) else { return .zero }
            let calendar = Duration.seconds(now.calendar.seconds - first.calendar.seconds)
            return Self.checkpointInterval - max(calendar, now.steady - first.steady)
        }
    }

    var hasUncoveredRecords: Bool { self.uncovered > 0 }

    func checkpoint(signedWith key: SigningKey, at time: UnixTime) -> AuditRecord {
        let message = Self.signedBytes(sequence: self.sequence, previous: self.previous, time: time.rfc3339)
        return AuditRecord(
            .checkpoint,
            at: time,
            [
                ("key_id", .text(key.verifyingKey.keyID)),
                ("signature", .text(key.signature(of: message.span).base64url)),
            ]
        )
    }

    mutating func acceptCheckpoint(_ line: [UInt8], at now: Moment) {
        self.accept(line, at: now)
        self.uncovered = 0
        self.firstUncovered = nil
        self.continuesUnknown = false
    }

    /// Begins unlike any signed request, so that neither can stand for the other.
    static func signedBytes(sequence: Int, previous: String, time: String) -> [UInt8] {
        Array("lookout-audit-checkpoint/1\n\(sequence)\n\(previous)\n\(time)".utf8)
    }
}
