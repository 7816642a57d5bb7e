import Base

/// The lines since the last checkpoint, as a verifier counts them: more of them, or older ones, than the writer ever
/// leaves unsigned show that a checkpoint was removed.
struct UncoveredRun: Sendable {
    /// All lines, for the report.
    private(set) var lines = 0
    /// The time of the first record; of the start of a process, if one comes later, as none can
    /// sign before.
    private(set) var first: UnixTime?
    /// The last line starts a process: a writer with a key signs it before it writes anything else.
    private var isStartUnsigned = false
    private var isReported = false

    /// Takes the next line of the trail.
    ///
    /// - Parameters:
    ///   - event: `nil` if the line is not a record.
    ///   - time: `nil` if it cannot be read; the line counts nevertheless.
    /// - Returns: what is wrong, once for each run.
    mutating func add(_ event: String?, at time: UnixTime?) -> String? {
        self.lines += 1
        guard let event else { return nil }
        let isStart = event == AuditRecord.Event.start.rawValue
        defer {
            self.isStartUnsigned = isStart
            if isStart || self.first == nil { self.first = time ?? self.first }
        }
        // A checkpoint that comes here does not fit, which has been reported.
        let isUnsignedStartFollowed = self.isStartUnsigned && event != AuditRecord.Event.checkpoint.rawValue
        guard !self.isReported, let problem = self.problem(isStart, isUnsignedStartFollowed, at: time) else {
            return nil
        }
        self.isReported = true
        return problem
    }

    private func problem(_ isStart: Bool, _ isUnsignedStartFollowed: Bool, at time: UnixTime?) -> String? {
        if isUnsignedStartFollowed {
            return
                "the checkpoint behind \(AuditRecord.Event.start.rawValue) is missing: it was removed, "
                + "or the agent had no key or could not sign"
        }
        // An earlier process may have been killed with a full run; the checkpoint behind the start covers that too.
        guard !isStart else { return nil }
        if self.lines > AuditChain.recordsPerCheckpoint {
            return
                "more than \(AuditChain.recordsPerCheckpoint) records in a row are not signed: a checkpoint was removed, "
                + "or the agent had no key"
        }
        if let first = self.first, let time,
            Duration.seconds(time.seconds - first.seconds) > AuditChain.checkpointInterval
        {
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
            return (UnixTime(seconds: seconds), max(0, AuditChain.recordsPerCheckpoint - self.lines))
        }
    }

    /// A timer may be late on a busy host.
    private static let grace = Duration.seconds(60)
}
