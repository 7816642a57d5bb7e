import Base

/// Reads typed values from the environment and gathers everything that is wrong with them.
///
/// A variable that is set but empty counts as unset: compose files with `${X:-}` produce such.
struct EnvironmentReader {
    private let values: [String: String]
    private(set) var problems: [String] = []
    /// What is taken otherwise than it is written, or does nothing; for the log at the start.
    private(set) var warnings: [String] = []

    init(_ values: [String: String]) {
        self.values = values
    }

    /// The value of a setting. Text that is refused becomes a problem, and the default is taken.
    mutating func read<Value>(_ setting: Setting<Value>) -> Value {
        setting.type.read(setting.name, &self)
    }

    mutating func problem(_ setting: Setting<some Sendable>, _ what: String) {
        self.problem(setting.name, what)
    }

    mutating func warning(_ setting: Setting<some Sendable>, _ what: String) {
        self.warn("\(setting.name) \(what)")
    }

    mutating func problem(_ name: String, _ what: String) {
        self.problems.append("\(name) \(what)")
    }

    /// - Parameter sentence: names the variable.
    mutating func warn(_ sentence: String) {
        self.warnings.append(sentence)
    }

    func string(_ name: String) -> String? {
        guard let value = self.values[name], !value.isEmpty else { return nil }
        return value
    }

    /// The variables of proxies are written in either case; the lower one counts, as with curl.
    func eitherCase(_ name: String) -> String? {
        self.string(name.lowercased()) ?? self.string(name)
    }

    /// Split at commas, without the white space around each part; empty parts do not count.
    func list(_ name: String) -> [String] {
        (self.string(name) ?? "").split(separator: ",").map { String($0.trimmingSpace) }.filter { !$0.isEmpty }
    }

    mutating func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = self.string(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            self.problem(
                name,
                "is '\(text)'; it must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return fallback
        }
        return value
    }

    mutating func boolean(_ name: String, default fallback: Bool) -> Bool {
        guard let text = self.string(name) else { return fallback }
        switch text.lowercased() {
        case "1", "true", "yes", "y", "on": return true
        case "0", "false", "no", "n", "off": return false
        default:
            self.problem(name, "is '\(text)'; it must be true or false")
            return fallback
        }
    }

    /// - Parameter synonyms: in lower case; accepted, but not named in the problem.
    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String,
        default fallback: Value,
        synonyms: [String: Value] = [:]
    ) -> Value where Value.RawValue == String {
        guard let text = self.string(name) else { return fallback }
        guard let value = Value(rawValue: text.lowercased()) ?? synonyms[text.lowercased()] else {
            let accepted = Value.allCases.map(\.rawValue).joined(separator: ", ")
            self.problem(name, "is '\(text)'; it must be one of \(accepted)")
            return fallback
        }
        return value
    }

    /// A number of bytes, or of KiB, MiB or GiB with `k`, `m` or `g` behind it.
    mutating func bytes(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = self.string(name) else { return fallback }
        let shift: Int
        switch text.last {
        case "k", "K": shift = 10
        case "m", "M": shift = 20
        case "g", "G": shift = 30
        default: shift = 0
        }
        guard let number = Int(shift == 0 ? text[...] : text.dropLast()), number <= range.upperBound >> shift,
            range.contains(number << shift)
        else {
            self.problem(
                name,
                "is '\(text)'; it must be a number of bytes from \(Self.short(range.lowerBound)) "
                    + "to \(Self.short(range.upperBound)), as in 64m"
            )
            return fallback
        }
        return number << shift
    }

    /// A whole number of GiB, or of MiB.
    static func short(_ bytes: Int) -> String {
        bytes >= 1 << 30 ? "\(bytes >> 30)g" : "\(bytes >> 20)m"
    }
}
