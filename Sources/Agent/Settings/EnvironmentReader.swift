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

    mutating func problem(_ name: String, _ what: String) {
        self.problems.append("\(name) \(what)")
    }

    mutating func warning(_ name: String, _ what: String) {
        self.warn("\(name) \(what)")
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

    mutating func choice<Value: RawRepresentable & CaseIterable>(_ name: String, default fallback: Value) -> Value
    where Value.RawValue == String {
        guard let text = self.string(name) else { return fallback }
        guard let value = Value(rawValue: text.lowercased()) else {
            let accepted = Value.allCases.map(\.rawValue).joined(separator: ", ")
            self.problem(name, "is '\(text)'; it must be one of \(accepted)")
            return fallback
        }
        return value
    }
}
