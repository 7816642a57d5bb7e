import Base

/// The two sets of header names that controllers use. A request speaks one of them, and so does its answer.
package enum HeaderFamily: String, CaseIterable, Sendable {
    case lookout = "X-Lookout-"
    case portwing = "X-Portwing-"

    package var keyID: String { self.name(.keyID) }
    package var timestamp: String { self.name(.timestamp) }
    package var nonce: String { self.name(.nonce) }
    package var signature: String { self.name(.signature) }
    package var signatureVersion: String { self.name(.signatureVersion) }
    package var token: String { self.name(.token) }
    package var reason: String { self.rawValue + "Reason" }

    private func name(_ part: CredentialField.Part) -> String { CredentialField.family(self, part).name }
}

/// What of a request decides whether it is let in; the door that received it fills it in.
package struct AccessRequest: Sendable {
    package let method: String
    /// Exactly as on the request line.
    package let target: String
    package let client: ClientAddress
    /// Tells the connections of a listener apart: one that repeats a wrong credential fails once. `nil` if unknown.
    package let connection: UInt64?
    /// A credential field that occurs more than once: which of its values counts would be a matter of taste.
    let repeated: CredentialField?
    /// The families of which the request carries any credential field.
    let families: [HeaderFamily]
    // Not empty, in the order of their lines.
    private let fields: [(field: CredentialField, value: String)]

    package init(
        method: String,
        target: String,
        client: ClientAddress,
        connection: UInt64? = nil,
        fields: some Sequence<(name: String, value: String)>
    ) {
        self.method = method
        self.target = target
        self.client = client
        self.connection = connection
        var known: [(field: CredentialField, value: String)] = []
        var (hasLookout, hasPortwing) = (false, false)
        var present: Set<CredentialField> = []
        var repeated: CredentialField?
        for (name, value) in fields {
            guard let field = CredentialField(name) else { continue }
            if !present.insert(field).inserted { repeated = repeated ?? field }
            guard !value.isEmpty else { continue }
            known.append((field, value))
            switch field {
            case .authorization, .drydockSecret: break
            case .family(.lookout, _): hasLookout = true
            case .family(.portwing, _): hasPortwing = true
            }
        }
        self.fields = known
        self.repeated = repeated
        self.families = (hasLookout ? [.lookout] : []) + (hasPortwing ? [.portwing] : [])
    }

    /// Field names that carry secrets or signatures. They are for the agent and are never passed on to the engine.
    package static let credentialFields = CredentialField.all.map(\.name)

    /// What was presented, and where: the same again is not another attempt.
    ///
    /// The hash is seeded anew by each process, so that no two different credentials can be made that share one.
    var attempt: FailedAttempt {
        var hasher = Hasher()
        for (field, value) in self.fields {
            hasher.combine(field)
            hasher.combine(value)
        }
        return FailedAttempt(client: self.client, credential: hasher.finalize(), connection: self.connection)
    }

    func has(_ field: CredentialField) -> Bool { self.fields.contains { $0.field == field } }

    func first(_ field: CredentialField) -> String? { self.fields.first { $0.field == field }?.value }

    /// The value of a field that occurs once; `nil` if it is absent, empty or repeated.
    func only(_ field: CredentialField) -> String? {
        guard let index = self.fields.firstIndex(where: { $0.field == field }),
            !self.fields[(index + 1)...].contains(where: { $0.field == field })
        else { return nil }
        return self.fields[index].value
    }

    /// The token that decides: the first non-empty of Bearer, the family's own field and Drydock's field.
    var token: String? {
        let scheme = "Bearer "
        if let authorization = self.first(.authorization),
            authorization.prefix(scheme.count).lowercased() == scheme.lowercased()
        {
            let token = authorization.dropFirst(scheme.count).trimmingSpace
            if !token.isEmpty { return String(token) }
        }
        return self.first(.family(.lookout, .token)) ?? self.first(.family(.portwing, .token))
            ?? self.first(.drydockSecret)
    }
}

/// A header field that proves who is asking.
enum CredentialField: Hashable, Sendable {
    case authorization
    case drydockSecret
    case family(HeaderFamily, Part)

    /// What the fields of one family are for.
    enum Part: String, CaseIterable, Sendable {
        case keyID = "Key-ID"
        case timestamp = "Timestamp"
        case nonce = "Nonce"
        case signature = "Signature"
        case signatureVersion = "Signature-Version"
        case token = "Token"
    }

    static let all: [CredentialField] =
        [.authorization, .drydockSecret]
        + HeaderFamily.allCases.flatMap { family in Part.allCases.map { .family(family, $0) } }

    var name: String {
        switch self {
        case .authorization: "Authorization"
        case .drydockSecret: "X-Dd-Agent-Secret"
        case .family(let family, let part): family.rawValue + part.rawValue
        }
    }

    /// Names with lowercase letters, as bytes: looked through for every field of every request.
    private static let table = Self.all.map { (name: Array($0.name.lowercased().utf8), field: $0) }

    /// - Parameter name: in any case of letters.
    init?(_ name: some StringProtocol) {
        let name = name.utf8
        let entry = Self.table.first { entry in
            entry.name.count == name.count && zip(entry.name, name).allSatisfy { $0 == $1.asciiLowercased }
        }
        guard let entry else { return nil }
        self = entry.field
    }
}
