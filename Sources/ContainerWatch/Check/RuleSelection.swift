/// Which rules are checked, on which containers, and from which severity on.
package struct RuleSelection: Sendable {
    package var profile: Profile = .seed
    /// Only these, whatever profile they belong to; empty leaves the choice to the profile.
    package var only: Set<String> = []
    package var skipped: Set<String> = []
    package var ignored: [Ignored] = []
    /// Findings below it are left out.
    package var minimum: Severity = .low

    /// A rule that is not wanted for some containers.
    package struct Ignored: Sendable, Equatable {
        let rule: String
        let container: Pattern

        /// Reads `RULE` or `RULE=CONTAINER`; the container may hold `*` and `?`.
        ///
        /// - Throws: `UnknownRule`.
        package init(_ text: String) throws(UnknownRule) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            self.rule = String(parts[0])
            self.container = Pattern(parts.count > 1 ? String(parts[1]) : "*")
            _ = try RuleSelection.known(self.rule)
        }
    }

    package init() {}

    /// - Returns: the id, if there is such a rule.
    package static func known(_ id: String) throws(UnknownRule) -> String {
        guard RuleBook.rule(id) != nil else { throw UnknownRule(id: id) }
        return id
    }

    var rules: [Rule] {
        let chosen =
            self.only.isEmpty
            ? self.profile.rules : (RuleBook.seed + RuleBook.further).filter { self.only.contains($0.id) }
        return (chosen + RuleBook.always).filter { !self.skipped.contains($0.id) }
    }

    func wants(_ finding: Finding) -> Bool {
        finding.severity >= self.minimum
            && !self.ignored.contains { $0.rule == finding.rule && $0.container.matches(finding.container) }
    }
}

/// The name of a rule that does not exist.
package struct UnknownRule: Error, Equatable, CustomStringConvertible {
    let id: String

    package var description: String {
        let near = RuleBook.all.map(\.id).filter { $0.contains(self.id) || self.id.contains($0) }
        let hint =
            self.id.isEmpty || near.isEmpty ? "docs/rules lists them all" : "is it \(near.joined(separator: ", "))?"
        return "there is no rule '\(self.id)'; \(hint)"
    }
}

/// A container's name in which `*` stands for any text and `?` for any one character.
struct Pattern: Sendable, Equatable {
    let text: String
    private let bytes: [UInt8]

    init(_ text: String) {
        self.text = text
        self.bytes = Array(text.utf8)
    }

    /// Its bytes when it stands for nothing but itself.
    var literal: [UInt8]? {
        self.bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } ? nil : self.bytes
    }

    /// Linear in the name for every `*`: a pattern cannot make it slow.
    func matches(_ name: String) -> Bool {
        let (pattern, name) = (self.bytes, Array(name.utf8))
        var (p, n) = (0, 0)
        var star: (p: Int, n: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
                (p, n) = (p + 1, n + 1)
            } else if let last = star {
                // Let the last star take one more.
                star = (last.p, last.n + 1)
                (p, n) = (last.p + 1, last.n + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
