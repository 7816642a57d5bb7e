import Base

/// Reads rules, one a line. `#` at the beginning of a word begins a comment.
///
/// It takes time linear in the text, and reads on behind a fault, so that one look mends all of them.
package enum PolicyReader {
    /// A thousand long rules.
    package static let maximumBytes = 256 << 10
    /// A rule with four patterns of full length.
    package static let maximumLineBytes = 1_280
    /// Each of them may be looked at for each request.
    package static let maximumRules = 1_000

    /// - Throws: all that is wrong; then no rule holds.
    package static func read(_ text: [UInt8]) throws(PolicyFaults) -> [PolicyRule] {
        var faults = PolicyFaults()
        guard text.count <= Self.maximumBytes else {
            faults.add(
                .init(line: 0, sentence: "the file is larger than \(Self.maximumBytes >> 10) KiB; use fewer rules")
            )
            throw faults
        }
        var rules: [PolicyRule] = []
        var shadows = Shadows()
        var (start, number) = (0, 0)
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            number += 1
            do throws(PolicyFaults.Fault) {
                if let rule = try Self.rule(text[start..<end], number) {
                    try shadows.add(rule)
                    rules.append(rule)
                }
            } catch {
                faults.add(error)
            }
            start = end + 1
        }
        if rules.count > Self.maximumRules {
            faults.add(
                .init(line: 0, sentence: "there are \(rules.count) rules; at most \(Self.maximumRules) are used")
            )
        } else if rules.isEmpty, faults.isEmpty {
            let sentence =
                "there is no rule, so nothing would be allowed; write `allow look`, or `deny all` if that is meant"
            faults.add(.init(line: 0, sentence: sentence))
        }
        guard faults.isEmpty else { throw faults }
        return rules
    }

    /// - Returns: `nil` for a line without a rule.
    private static func rule(_ line: ArraySlice<UInt8>, _ number: Int) throws(PolicyFaults.Fault) -> PolicyRule? {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        guard line.count <= Self.maximumLineBytes else {
            let sentence = "has \(line.count) bytes; at most \(Self.maximumLineBytes) are read, so write several rules"
            throw PolicyFaults.Fault(line: number, sentence: sentence)
        }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw PolicyFaults.Fault(line: number, sentence: "is not UTF-8; write plain text")
        }
        if let scalar = text.unicodeScalars.first(where: { $0.isInvisible && $0 != "\t" }) {
            let code = String(scalar.value, radix: 16, uppercase: true)
            let sentence =
                "holds the invisible character U+\(code), which can make it look like another rule; remove it"
            throw PolicyFaults.Fault(line: number, sentence: sentence)
        }
        return try RuleLine(text, number).rule()
    }

    /// What was decided by the lines above, whatever the facts of a request are.
    private struct Shadows {
        private var decided = OperationSet()

        /// A rule that denies nothing is not what its author believes.
        mutating func add(_ rule: PolicyRule) throws(PolicyFaults.Fault) {
            if rule.effect == .deny, self.decided.isSuperset(of: rule.operations) {
                let sentence = "lines above decide about \(rule.subject) already, so nothing is denied; move it up"
                throw PolicyFaults.Fault(line: rule.line, sentence: sentence)
            }
            if rule.conditions.isEmpty { self.decided.formUnion(rule.operations) }
        }
    }
}
