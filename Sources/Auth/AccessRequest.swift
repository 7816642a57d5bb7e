/// The two sets of header names that controllers use. A request speaks one of them, and so does its answer.
package enum HeaderFamily: String, CaseIterable, Sendable {
    case lookout = "X-Lookout-"
    case portwing = "X-Portwing-"

    package var keyID: String { self.rawValue + "Key-ID" }
    package var timestamp: String { self.rawValue + "Timestamp" }
    package var nonce: String { self.rawValue + "Nonce" }
    package var signature: String { self.rawValue + "Signature" }
    package var signatureVersion: String { self.rawValue + "Signature-Version" }
    package var token: String { self.rawValue + "Token" }
    package var reason: String { self.rawValue + "Reason" }

    var credentialFields: [String] {
        [self.keyID, self.timestamp, self.nonce, self.signature, self.signatureVersion, self.token]
    }
}

/// What of a request decides whether it is let in; the door that received it fills it in.
package struct AccessRequest: Sendable {
    package let method: String
    /// Exactly as on the request line.
    package let target: String
    package let client: ClientAddress
    // By lowercase name; values in the order of their lines.
    private let fields: [String: [String]]

    package init(
        method: String,
        target: String,
        client: ClientAddress,
        fields: some Sequence<(name: String, value: String)>
    ) {
        self.method = method
        self.target = target
        self.client = client
        self.fields = Dictionary(grouping: fields, by: { $0.name.lowercased() }).mapValues { $0.map(\.value) }
    }

    /// Field names that carry secrets or signatures. They are for the agent and are never passed on to the engine.
    package static let credentialFields =
        ["Authorization", "X-Dd-Agent-Secret"] + HeaderFamily.allCases.flatMap(\.credentialFields)

    /// All non-empty values of a field.
    func values(_ name: String) -> [String] {
        self.fields[name.lowercased(), default: []].filter { !$0.isEmpty }
    }

    /// The value of a field that occurs once; `nil` if it is absent, empty or repeated.
    func only(_ name: String) -> String? {
        let values = self.values(name)
        return values.count == 1 ? values[0] : nil
    }

    /// The families of which the request carries any credential field.
    var families: [HeaderFamily] {
        HeaderFamily.allCases.filter { family in
            family.credentialFields.contains { !self.values($0).isEmpty }
        }
    }

    /// The token that decides: the first non-empty of Bearer, the family's own field and Drydock's field.
    var token: String? {
        let scheme = "Bearer "
        if let authorization = self.values("Authorization").first,
            authorization.prefix(scheme.count).lowercased() == scheme.lowercased()
        {
            let token = authorization.dropFirst(scheme.count).trimmingSpace
            if !token.isEmpty { return String(token) }
        }
        let names = HeaderFamily.allCases.map(\.token) + ["X-Dd-Agent-Secret"]
        return names.lazy.compactMap { self.values($0).first }.first
    }
}
