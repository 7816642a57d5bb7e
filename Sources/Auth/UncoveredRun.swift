/// The lines since the last checkpoint, as a verifier counts them: more of them, or older ones, than the writer ever
/// leaves unsigned show that a checkpoint was removed.
struct UncoveredRun: Sendable {
    /// All lines, for the report.
    private(set) var lines = 0
    private var records = 0
    /// The time of the first record; of the start of a process, if one comes later, because nobody can sign while none runs.
    private(set) var first: UnixTime?
    private var isReported = false

    /// Takes the next line of the trail.
    ///
    /// - Returns: what is wrong, once for each run.
    mutating func add(_ event: String?, at time: UnixTime?) -> String? {
        self.lines += 1
        guard let event, let time else { return nil }
        if event == AuditRecord.Event.start.rawValue {
            self.first = time
            return nil
        }
        self.records += 1
        guard let first = self.first else {
            self.first = time
            return nil
        }
        guard !self.isReported else { return nil }
        if self.records > AuditChain.recordsPerCheckpoint {
            self.isReported = true
            return
                "more than \(AuditChain.recordsPerCheckpoint) records in a row are not signed: a checkpoint was removed, "
                + "or the agent had no key"
        }
        if Duration.seconds(time.seconds - first.seconds) > AuditChain.checkpointInterval {
            self.isReported = true
            return
                "no checkpoint was signed in the ten minutes since \(first.rfc3339): one was removed, or the agent had no key"
        }
        return nil
    }

    /// What is wrong with the end of the trail at `now`, when nothing follows that could be compared.
    func overdue(at now: UnixTime) -> String? {
        guard !self.isReported, let first = self.first,
            .seconds(now.seconds - first.seconds) > AuditChain.checkpointInterval + Self.grace
        else { return nil }
        return "a checkpoint was due ten minutes after \(first.rfc3339) and is not there: it was removed, "
            + "or the agent was ended without a chance to sign"
    }

    /// When the next checkpoint will be there at the latest, if the agent runs.
    var due: (time: UnixTime, records: Int)? {
        self.first.map { first in
            let seconds = first.seconds + AuditChain.checkpointInterval.components.seconds
            return (UnixTime(seconds: seconds), max(0, AuditChain.recordsPerCheckpoint - self.records))
        }
    }

    /// A timer may be late on a busy host.
    private static let grace = Duration.seconds(60)
}
