package import Auth
package import Base

/// One thing that a client, a controller or the agent did or tried, as it goes into the audit trail.
package struct AuditRecord: Sendable {
    /// Vocabulary of the trail: add, never rename.
    package enum Event: String, CaseIterable, Sendable {
        case apiRequest = "api_request"
        case authFailure = "auth_failure"
        case rateLimited = "rate_limited"
        case composeOperation = "compose_op"
        case execStart = "exec_start"
        case execEnd = "exec_end"
        case enrollment = "enrollment"
        /// A request wanted a container with dangerous settings.
        case admission = "admission"
        /// Somebody asked for what the policy of this host denies.
        case policy = "policy"
        /// Written by the trail itself: it begins in a file that has lines already.
        case start = "audit_start"
        /// Written by the trail itself: records were lost before this one.
        case gap = "audit_gap"
        /// Written by the trail itself: everything up to here, signed.
        case checkpoint = "audit_checkpoint"
    }

    /// What became of the request.
    package enum Outcome: String, CaseIterable, Sendable {
        case allowed
        case denied
        case error
    }

    enum Value: Sendable {
        case text(String)
        case integer(Int)
        case milliseconds(Duration)
    }

    package let event: Event
    package let time: UnixTime
    private(set) var fields: [(name: String, value: Value)]

    /// A longer text is cut, so that a queue of records has a bounded size.
    package static let maxTextBytes = 4096

    init(_ event: Event, at time: UnixTime, _ fields: [(name: String, value: Value)]) {
        self.event = event
        self.time = time
        self.fields = fields
    }

    /// A request was let in and its handler finished.
    ///
    /// - Parameters:
    ///   - actor: the client's address, or the controller's URL for what comes through the tunnel.
    ///   - path: decoded and without the query.
    ///   - identity: how it was proven; `nil` for what comes through the tunnel.
    package static func apiRequest(
        at time: UnixTime,
        actor: String,
        method: String,
        path: String,
        outcome: Outcome = .allowed,
        status: Int,
        duration: Duration,
        identity: Authenticator.Identity?
    ) -> AuditRecord {
        AuditRecord(
            .apiRequest,
            at: time,
            [
                ("actor", .text(actor)), ("method", .text(method)), ("path", .text(path)),
                ("outcome", .text(outcome.rawValue)), ("status", .integer(status)),
                ("duration_ms", .milliseconds(duration)),
            ] + self.fields(of: identity)
        )
    }

    /// A request was not let in. `nil` for a failure that is not audited.
    package static func refusal(
        at time: UnixTime,
        actor: String,
        method: String,
        path: String,
        failure: AuthFailure
    ) -> AuditRecord? {
        failure.auditEvent.map { event in
            AuditRecord(
                event,
                at: time,
                [
                    ("actor", .text(actor)), ("method", .text(method)), ("path", .text(path)),
                    ("outcome", .text(Outcome.denied.rawValue)), ("reason", .text(failure.code.rawValue)),
                ]
            )
        }
    }

    package static func composeOperation(
        at time: UnixTime,
        actor: String,
        operation: String,
        stack: String,
        outcome: Outcome
    ) -> AuditRecord {
        AuditRecord(
            .composeOperation,
            at: time,
            [
                ("actor", .text(actor)), ("operation", .text(operation)), ("stack", .text(stack)),
                ("outcome", .text(outcome.rawValue)),
            ]
        )
    }

    package static func execStart(
        at time: UnixTime,
        actor: String,
        container: String,
        execID: String,
        identity: Authenticator.Identity?
    ) -> AuditRecord {
        AuditRecord(
            .execStart,
            at: time,
            [
                ("actor", .text(actor)), ("container", .text(container)), ("exec_id", .text(execID)),
                ("outcome", .text(Outcome.allowed.rawValue)),
            ] + self.fields(of: identity)
        )
    }

    package static func execEnd(
        at time: UnixTime,
        actor: String,
        container: String,
        execID: String,
        outcome: Outcome,
        duration: Duration
    ) -> AuditRecord {
        AuditRecord(
            .execEnd,
            at: time,
            [
                ("actor", .text(actor)), ("container", .text(container)), ("exec_id", .text(execID)),
                ("outcome", .text(outcome.rawValue)), ("duration_ms", .milliseconds(duration)),
            ]
        )
    }

    /// - Parameter keyID: empty if the attempt was denied.
    package static func enrollment(at time: UnixTime, actor: String, keyID: String, outcome: Outcome) -> AuditRecord {
        AuditRecord(
            .enrollment,
            at: time,
            [("actor", .text(actor)), ("key_id", .text(keyID)), ("outcome", .text(outcome.rawValue))]
        )
    }

    /// - Parameters:
    ///   - container: how it was to be called; empty where that was left to the engine.
    ///   - rules: which ones object.
    ///   - outcome: `allowed` where it was only warned.
    package static func admission(
        at time: UnixTime,
        actor: String,
        container: String,
        rules: String,
        outcome: Outcome
    ) -> AuditRecord {
        AuditRecord(
            .admission,
            at: time,
            [
                ("actor", .text(actor)), ("container", .text(container)), ("rules", .text(rules)),
                ("outcome", .text(outcome.rawValue)),
            ]
        )
    }

    /// - Parameters:
    ///   - identity: who proved itself, as rules call it; empty for nobody.
    ///   - container: its name, or empty.
    ///   - line: of the rule that denies; `nil` where no rule holds.
    ///   - outcome: `allowed` where it was let through all the same.
    package static func policy(
        at time: UnixTime,
        operation: String,
        identity: String,
        container: String,
        line: Int?,
        outcome: Outcome
    ) -> AuditRecord {
        AuditRecord(
            .policy,
            at: time,
            [
                ("identity", .text(identity)), ("operation", .text(operation)), ("container", .text(container)),
            ] + (line.map { [("line", .integer($0))] } ?? []) + [("outcome", .text(outcome.rawValue))]
        )
    }

    private static func fields(of identity: Authenticator.Identity?) -> [(name: String, value: Value)] {
        switch identity {
        case nil: []
        case .anonymous: [("auth", .text("none"))]
        case .token: [("auth", .text("token"))]
        case .key(let id, _, _): [("auth", .text("ed25519")), ("key_id", .text(id))]
        }
    }
}

extension AuditRecord {
    /// The record as one JSON line without the line feed; the chain's own fields come last.
    func line(sequence: Int, previous: String) -> [UInt8] {
        Self.line { json in
            json.member("time", self.time.rfc3339)
            json.member("level", "INFO")
            json.member("msg", "")
            json.member("event", self.event.rawValue)
            for field in self.fields { Self.write(field.name, field.value, into: &json) }
            json.member("seq", sequence)
            json.member("prev", previous)
        }
    }

    /// The record as one JSON object for those who read the ring; empty texts are left out.
    func line(cursor: Int) -> [UInt8] {
        Self.line { json in
            json.member("cursor", cursor)
            json.member("ts", self.time.rfc3339)
            json.member("event", self.event.rawValue)
            for field in self.fields {
                if case .text("") = field.value { continue }
                Self.write(field.name, field.value, into: &json)
            }
        }
    }

    /// With no text that is longer than it will ever be written.
    var shortened: AuditRecord {
        var record = self
        for (index, field) in self.fields.enumerated() {
            guard case .text(let text) = field.value, text.utf8.count > Self.maxTextBytes else { continue }
            record.fields[index].value = .text(String(decoding: text.utf8.prefix(Self.maxTextBytes), as: UTF8.self))
        }
        return record
    }

    /// What the texts take in memory.
    var textBytes: Int {
        self.fields.reduce(0) { sum, field in
            guard case .text(let text) = field.value else { return sum }
            return sum + text.utf8.count
        }
    }

    /// One JSON object on one line, in which no character is invisible.
    private static func line(_ members: (inout JSONWriter<[UInt8]>) -> Void) -> [UInt8] {
        var room: [UInt8] = []
        room.reserveCapacity(320)
        var json = JSONWriter(room)
        json.object(members)
        let line = json.finish()
        if line.allSatisfy(\.isPrintableASCII) { return line }
        return Array(String(decoding: line, as: UTF8.self).escaped.utf8)
    }

    private static func write(_ name: String, _ value: Value, into json: inout JSONWriter<[UInt8]>) {
        json.key(named: name)
        switch value {
        case .text(let text): json.value(self.cut(text))
        case .integer(let number): json.value(number)
        case .milliseconds(let duration):
            let (seconds, attoseconds) = duration.components
            let number = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
            if let whole = Int(exactly: number) { json.value(whole) } else { json.value(number) }
        }
    }

    /// At most `maxTextBytes`, in whole characters.
    private static func cut(_ text: String) -> String {
        guard text.utf8.count > self.maxTextBytes else { return text }
        var room = self.maxTextBytes
        let end = text.unicodeScalars.firstIndex { scalar in
            room -= UTF8.width(scalar)
            return room < 0
        }
        return String(text[..<(end ?? text.endIndex)])
    }
}

extension AuthFailure {
    /// The `event` of the audit record; `nil` for a refusal that says nothing about the caller.
    package var auditEvent: AuditRecord.Event? {
        switch self.code {
        case .tooManyAttempts, .verificationBusy, .nonceTableFull: .rateLimited
        case .noCredentials, .badToken, .unknownKey, .timestampSkew, .replay, .invalidSignature, .beforeStart,
            .foreignPage:
            .authFailure
        case .bodyTooLarge, .replayNotRecorded: nil
        }
    }
}
