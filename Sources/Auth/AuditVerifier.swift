/// Reads an audit trail back and finds what does not belong: a changed, removed or moved line, a false checkpoint.
package struct AuditVerifier: ~Copyable {
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        package enum Kind: String, CaseIterable, Sendable {
            case unreadable
            case brokenChain = "broken-chain"
            case badCheckpoint = "bad-checkpoint"
            case lostRecords = "lost-records"
        }

        /// Counted from 1.
        package let line: Int
        package let kind: Kind
        package let detail: String

        package var description: String { "line \(self.line): \(self.detail)" }
    }

    package struct Report: Hashable, Sendable {
        package let lines: Int
        package let problems: [Problem]
        /// The first line continues an older file: its `prev`. `nil` if the trail begins here.
        package let continues: String?
        /// How many lines at the end no checkpoint covers; only the file's own protection speaks for them.
        package let uncoveredLines: Int
        /// The hash of the last line; kept elsewhere it proves later that the end was not cut off.
        package let head: String
    }

    private let key: VerifyingKey?
    private var lines = 0
    private var problems: [Problem] = []
    private var continues: String?
    private var uncovered = 0
    private var previous: String?
    private var sequence = 0

    /// - Parameter key: the agent's public key; without it checkpoints prove nothing and are not counted.
    package init(key: VerifyingKey?) {
        self.key = key
    }

    /// Verifies a whole file.
    package static func verify(_ text: Span<UInt8>, key: VerifyingKey?) -> Report {
        var verifier = AuditVerifier(key: key)
        var lines = LineRanges(of: text)
        while let range = lines.next(in: text) {
            verifier.add(line: text.extracting(range))
        }
        return verifier.report()
    }

    /// Takes the next line, without its line feed.
    package mutating func add(line: Span<UInt8>) {
        self.lines += 1
        self.uncovered += 1
        defer { self.previous = SHA256Digest(of: line).hex }
        guard let fields = JSONFields(line), let previous = fields.text("prev"), let sequence = fields.integer("seq"),
            let event = fields.text("event"), let time = fields.text("time")
        else {
            self.report(.unreadable, "not an audit record; a crash may have cut it off, or somebody wrote it")
            return
        }
        self.checkChain(previous: previous, sequence: sequence, event: event)
        if event == AuditRecord.Event.gap.rawValue {
            let lost = fields.integer("lost") ?? 0
            self.report(.lostRecords, "\(lost) records were lost because they could not be written in time")
        }
        if event == AuditRecord.Event.checkpoint.rawValue {
            let message = AuditChain.signedBytes(sequence: sequence, previous: previous, time: time)
            self.checkCheckpoint(fields, message: message)
        }
    }

    package consuming func report() -> Report {
        Report(
            lines: self.lines,
            problems: self.problems,
            continues: self.continues,
            uncoveredLines: self.uncovered,
            head: self.previous ?? AuditChain.origin
        )
    }

    private mutating func checkChain(previous: String, sequence: Int, event: String) {
        defer { self.sequence = sequence + 1 }
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

    private mutating func checkCheckpoint(_ fields: JSONFields, message: [UInt8]) {
        guard let key = self.key else { return }
        guard fields.text("key_id") == key.keyID else {
            self.report(.badCheckpoint, "the checkpoint was signed with another key than \(key.keyID)")
            return
        }
        let signature = fields.text("signature").flatMap { Signature(base64url: $0) }
        guard let signature,
            Sodium.verify(signature.bytes.span, of: message.span, publicKey: key.bytes.span)
        else {
            self.report(.badCheckpoint, "the checkpoint's signature does not fit: lines before it were written anew")
            return
        }
        self.uncovered = 0
    }

    private mutating func report(_ kind: Problem.Kind, _ detail: String) {
        self.problems.append(Problem(line: self.lines, kind: kind, detail: detail))
    }
}
