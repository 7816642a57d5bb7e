import Auth
import Base
import DequeModule

/// Turns records into chained lines and puts them into the sink. Runs on the trail's queue only.
struct AuditWriter: ~Copyable {
    /// A failing disk is reported at most this often.
    private static let reportInterval = Duration.seconds(60)

    private let destination: AuditDestination
    private let signer: SigningKey?
    private let report: @Sendable (String) -> Void
    private var sink: AuditSink
    private var chain: AuditChain
    private var lost = 0
    private var lastReport: ContinuousClock.Instant?

    init(
        _ destination: AuditDestination,
        signer: SigningKey?,
        now: Moment,
        report: @escaping @Sendable (String) -> Void
    ) throws(KeyFileError) {
        self.destination = destination
        self.signer = signer
        self.report = report
        self.sink = try AuditSink(destination)
        self.chain = AuditChain()
        self.continueFile(at: now)
    }

    /// After which time to ask for a checkpoint although no further record comes; `nil` if none will be due.
    ///
    /// At least a second, because the last attempt may have failed on a full disk.
    func checkpointDelay(at now: Moment) -> Duration? {
        guard self.signer != nil, let rest = self.chain.timeUntilCheckpoint(at: now) else { return nil }
        return max(rest, .seconds(1))
    }

    /// - Parameter lost: how many records found no room before these.
    mutating func write(_ records: consuming Deque<AuditRecord>, lost: Int, at now: Moment) {
        while let record = records.popFirst() {
            self.writeGap(at: now)
            if !self.put(record, at: now) { self.lost += 1 }
        }
        // They were turned away after the queued ones had come.
        self.lost += lost
        self.writeGap(at: now)
    }

    mutating func writeCheckpointIfDue(at now: Moment) {
        if self.chain.isCheckpointDue(at: now) { self.writeCheckpoint(at: now) }
    }

    /// Signs what is not yet covered and waits for the disk.
    mutating func finish(at now: Moment) {
        if self.chain.hasUncoveredRecords { self.writeCheckpoint(at: now) }
        self.sink.synchronize()
    }

    mutating func reopen(at now: Moment) throws(KeyFileError) {
        let sink = try AuditSink(self.destination)
        // The file that was moved away is verified on its own.
        if self.chain.hasUncoveredRecords { self.writeCheckpoint(at: now) }
        self.sink.synchronize()
        self.sink = sink
        self.continueFile(at: now)
    }

    /// An empty file goes on from where the chain is; one that ends with a foreign line is continued from there.
    private mutating func continueFile(at now: Moment) {
        guard let last = self.sink.lastLineHash(), last != self.chain.previous else { return }
        self.chain.restart(after: last)
        _ = self.put(AuditRecord(.start, at: now.calendar, []), at: now)
    }

    /// Writes one record, and a checkpoint before or after it where one is due: what is not covered is never more than
    /// 1,000 records or ten minutes.
    private mutating func put(_ record: AuditRecord, at now: Moment) -> Bool {
        let time = Moment(calendar: record.time, steady: now.steady)
        self.writeCheckpointIfDue(at: time)
        let line = self.chain.line(for: record)
        guard self.write(line, at: now) else { return false }
        self.chain.accept(line, at: time)
        self.writeCheckpointIfDue(at: time)
        return true
    }

    private mutating func writeGap(at now: Moment) {
        guard self.lost > 0 else { return }
        if self.put(AuditRecord(.gap, at: now.calendar, [("lost", .integer(self.lost))]), at: now) {
            self.lost = 0
        }
    }

    private mutating func writeCheckpoint(at now: Moment) {
        guard let signer = self.signer else { return }
        let line = self.chain.line(for: self.chain.checkpoint(signedWith: signer, at: now.calendar))
        if self.write(line, at: now) {
            self.chain.acceptCheckpoint(line, at: now)
        }
    }

    private mutating func write(_ line: [UInt8], at now: Moment) -> Bool {
        guard let reason = self.sink.write(line) else { return true }
        if self.lastReport.map({ now.steady - $0 >= Self.reportInterval }) ?? true {
            self.lastReport = now.steady
            self.report("the audit trail cannot be written (\(reason)); \(self.lost + 1) records are lost so far")
        }
        return false
    }
}
