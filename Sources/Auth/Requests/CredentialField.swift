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
            entry.name.count == name.count && zip(entry.name, name).allSatisfy { $0 == Self.lowercased($1) }
        }
        guard let entry else { return nil }
        self = entry.field
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }
}
