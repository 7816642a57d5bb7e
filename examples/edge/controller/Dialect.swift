/// The two names of the protocol. A connection speaks the one whose path it was opened on.
enum Dialect: String, CaseIterable, Sendable {
    case lookout
    case portwing

    /// - Parameter target: the request target of the upgrade; its query does not matter.
    init?(target: String) {
        let path = target.prefix { $0 != "?" }
        let dialect = Self.allCases.first {
            path == "/api/\($0.rawValue)/ws" || path == "/api/v1/\($0.rawValue)/ws"
        }
        guard let dialect else { return nil }
        self = dialect
    }

    /// What the hello must name in `protocol`.
    var protocolName: String { "\(self.rawValue)/1.0" }

    /// The target inside the signed text, also when the agent dialled the `v1` alias.
    var signedTarget: String { "/api/\(self.rawValue)/ws" }

    /// The agent's name here: its own one made safe for a file name, or one made from its id if nothing is left of it.
    func name(for agentName: String?, id: String) -> String {
        var slug = ""
        for character in (agentName ?? "").lowercased().unicodeScalars {
            switch character {
            case "a"..."z", "0"..."9": slug.unicodeScalars.append(character)
            default: if !slug.hasSuffix("-") { slug.append("-") }
            }
        }
        let trimmed = slug.drop { $0 == "-" }.prefix(63)
        let name = trimmed.hasSuffix("-") ? trimmed.dropLast() : trimmed
        return name.isEmpty ? "\(self.rawValue)-edge-\(id)" : String(name)
    }
}
