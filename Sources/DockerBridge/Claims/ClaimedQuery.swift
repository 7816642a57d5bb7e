import Base

/// The parameters of a target that a policy asks about, found as engines find them.
///
/// Docker's engine takes the first of several equal names and Podman's the last one, in any case of letters. Some readers end
/// a parameter at `;`. What two of them could understand differently has no value here.
struct ClaimedQuery {
    private let query: Substring.UTF8View

    init(target: String) {
        let target = target.utf8
        let mark = target.firstIndex(of: UInt8(ascii: "?"))
        self.query = mark.map { Substring(target[target.index(after: $0)...]).utf8 } ?? Substring().utf8
    }

    enum Found: Equatable {
        case missing
        case value(String)
        case ambiguous
    }

    /// - Parameter name: in the engine's spelling.
    func value(_ name: String) -> Found {
        if self.query.contains(UInt8(ascii: ";")) { return .ambiguous }
        let folded = name.foldedName
        var found = Found.missing
        var rest = self.query
        while !rest.isEmpty {
            let field = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[field.endIndex...].dropFirst()
            let key = field.prefix { $0 != UInt8(ascii: "=") }
            let (spelled, isSound) = Self.decoded(key)
            guard spelled.foldedName == folded else { continue }
            let (value, isValueSound) = Self.decoded(field[key.endIndex...].dropFirst())
            guard found == .missing, spelled == name, isSound, isValueSound else { return .ambiguous }
            found = .value(value)
        }
        return found
    }

    /// `target` with another value of a parameter that it names once.
    ///
    /// - Parameter value: needs no escape.
    static func target(_ target: String, naming value: String, in name: String) -> String {
        var rest = ClaimedQuery(target: target).query
        while !rest.isEmpty {
            let field = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[field.endIndex...].dropFirst()
            let (key, _) = Self.decoded(field.prefix { $0 != UInt8(ascii: "=") })
            guard key.utf8.elementsEqual(name.utf8) else { continue }
            return "\(target[..<field.startIndex])\(name)=\(value)\(target[field.endIndex...])"
        }
        return target
    }

    /// Empty where it is missing; `nil` where it is ambiguous.
    func text(_ name: String) -> String? {
        switch self.value(name) {
        case .missing: ""
        case .value(let value): value
        case .ambiguous: nil
        }
    }

    /// With `+` for a blank, as in forms.
    private static func decoded(_ bytes: Substring.UTF8View) -> (text: String, isSound: Bool) {
        // By bytes: a character may be a plus and what is combined with it.
        let plain = String(decoding: bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        if let text = plain.strictlyPercentDecoded { return (text, true) }
        return (plain.percentDecoded, false)
    }
}
