package import Auth
package import Base

/// Reads an audit trail back and finds what does not belong: a changed, removed or moved line, a false checkpoint.
package struct AuditVerifier: ~Copyable {
    /// One thing that does not belong, and where.
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        /// What is wrong, as reports name it.
        package enum Kind: String, CaseIterable, Sendable {
            case unreadable
            case brokenChain = "broken-chain"
            case badCheckpoint = "bad-checkpoint"
            case lostRecords = "lost-records"
            case missingCheckpoint = "missing-checkpoint"
        }

        /// Counted from 1.
        package let line: Int
        package let kind: Kind
        package let detail: String

        package var description: String { "line \(self.line): \(self.detail)" }
    }

    /// What a whole trail was found to be.
    package struct Report: Hashable, Sendable {
        package let lines: Int
        package let problems: [Problem]
        /// The first line continues an older file: its `prev`. `nil` if the trail begins here.
        package let continues: String?
        /// How many lines at the end no checkpoint covers; only the file's own protection speaks for them.
        package let uncoveredLines: Int
        /// When a checkpoint will cover them: at this time, or after so many records. `nil` without a key or such lines.
        package let nextCheckpoint: NextCheckpoint?
        /// The hash of the last line; kept elsewhere it proves later that the end was not cut off.
        package let head: String
    }

    /// When the newest lines will be signed.
    package struct NextCheckpoint: Hashable, Sendable {
        package let time: UnixTime
        package let records: Int
        /// Whether it is the first one of this file.
        package let isFirst: Bool
    }

    private let key: VerifyingKey?
    private var lines = 0
    private var problems: [Problem] = []
    private var continues: String?
    private var uncovered = UncoveredRun()
    private var hasCheckpoint = false
    private var previous: String?
    private var sequence = 0

    /// - Parameter key: the agent's public key; without it checkpoints prove nothing and are not counted.
    package init(key: VerifyingKey?) {
        self.key = key
    }

    /// Verifies a whole file.
    ///
    /// - Parameter now: by which the newest lines must be signed; `nil` if that is not asked.
    package static func verify(_ text: Span<UInt8>, key: VerifyingKey?, at now: UnixTime? = nil) -> Report {
        var verifier = AuditVerifier(key: key)
        var lines = LineRanges(of: text)
        while let range = lines.next(in: text) {
            verifier.add(line: text.extracting(range))
        }
        return verifier.report(at: now)
    }

    /// Takes the next line, without its line feed.
    package mutating func add(line: Span<UInt8>) {
        self.lines += 1
        defer { self.previous = SHA256Digest(of: line).hex }
        guard let fields = JSONFields(line), let previous = fields.text("prev"), let sequence = fields.integer("seq"),
            let event = fields.text("event"), let time = fields.text("time")
        else {
            _ = self.uncovered.add(nil, at: nil)
            self.report(.unreadable, "not an audit record; a crash may have cut it off, or another program wrote it")
            return
        }
        self.checkChain(previous: previous, sequence: sequence, event: event)
        if event == AuditRecord.Event.gap.rawValue {
            let lost = fields.integer("lost") ?? 0
            self.report(.lostRecords, "\(lost) records were lost because they could not be written in time")
        }
        if event == AuditRecord.Event.checkpoint.rawValue {
            let message = AuditChain.signedBytes(sequence: sequence, previous: previous, time: time)
            if self.checkCheckpoint(fields, message: message) { return }
        }
        let moment = UnixTime(rfc3339: time)
        if moment == nil {
            self.report(
                .unreadable,
                "its time is not one that the agent writes: another program wrote or changed the line"
            )
        }
        let problem = self.uncovered.add(event, at: moment)
        if self.key != nil, let problem { self.report(.missingCheckpoint, problem) }
    }

    /// - Parameter now: by which the newest lines must be signed; `nil` if that is not asked.
    package consuming func report(at now: UnixTime? = nil) -> Report {
        if self.key != nil, let now, let problem = self.uncovered.overdue(at: now) {
            self.report(.missingCheckpoint, problem)
        }
        let next = self.key == nil ? nil : self.uncovered.due
        return Report(
            lines: self.lines,
            problems: self.problems,
            continues: self.continues,
            uncoveredLines: self.uncovered.lines,
            nextCheckpoint: next.map {
                NextCheckpoint(time: $0.time, records: $0.records, isFirst: !self.hasCheckpoint)
            },
            head: self.previous ?? AuditChain.origin
        )
    }

    private mutating func checkChain(previous: String, sequence: Int, event: String) {
        // Wraps, because the number is what the file says.
        defer { self.sequence = sequence &+ 1 }
        guard let expected = self.previous else {
            self.continues = previous == AuditChain.origin ? nil : previous
            return
        }
        if previous != expected {
            self.report(.brokenChain, "does not follow the line before it: a line was changed, removed or moved")
        } else if sequence != self.sequence && event != AuditRecord.Event.start.rawValue {
            self.report(.brokenChain, "has number \(sequence) where \(self.sequence) is due")
        }
    }

    /// - Returns: whether it covers the lines before it.
    private mutating func checkCheckpoint(_ fields: JSONFields, message: [UInt8]) -> Bool {
        guard let key = self.key else { return false }
        guard fields.text("key_id") == key.keyID else {
            self.report(.badCheckpoint, "the checkpoint was signed with another key than \(key.keyID)")
            return false
        }
        let signature = fields.text("signature").flatMap { Signature(base64url: $0) }
        guard let signature, key.isValid(signature, of: message.span) else {
            self.report(.badCheckpoint, "the checkpoint's signature does not fit: lines before it were written anew")
            return false
        }
        self.uncovered = UncoveredRun()
        self.hasCheckpoint = true
        return true
    }

    private mutating func report(_ kind: Problem.Kind, _ detail: String) {
        self.problems.append(Problem(line: self.lines, kind: kind, detail: detail))
    }
}
