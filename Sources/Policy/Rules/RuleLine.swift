import Base

/// One line of a policy, cut into words.
struct RuleLine {
    private let number: Int
    private let words: [Substring]

    /// - Parameter text: at most `PolicyReader.maximumLineBytes` long.
    init(_ text: String, _ number: Int) {
        self.number = number
        var words: [Substring] = []
        var rest = text[...].trimmingBlanks
        while !rest.isEmpty, rest.utf8.first != UInt8(ascii: "#") {
            let end = rest.utf8.firstIndex(where: \.isBlank) ?? rest.endIndex
            words.append(rest[..<end])
            rest = rest[end...].trimmingBlanks
        }
        self.words = words
    }

    /// - Returns: `nil` for a line that is blank or a comment.
    func rule() throws(PolicyFaults.Fault) -> PolicyRule? {
        guard let verb = self.words.first else { return nil }
        guard let effect = PolicyRule.Effect(rawValue: String(verb)) else {
            throw self.fault("\(verb.quoted) is neither allow nor deny; begin the line with one of them")
        }
        guard self.words.count > 1 else {
            throw self.fault(
                "names no operation; write a preset such as look, an operation such as containers.restart, or exec.*"
            )
        }
        let subject = String(self.words[1])
        let operations = try self.operations(subject)
        var conditions: [Condition] = []
        for word in self.words.dropFirst(2) {
            let condition = try self.condition(word)
            try self.check(condition, beside: conditions, effect, subject, operations)
            conditions.append(condition)
        }
        return PolicyRule(
            effect,
            subject: subject,
            operations: operations,
            conditions: conditions,
            line: self.number
        )
    }

    private func fault(_ sentence: String) -> PolicyFaults.Fault {
        PolicyFaults.Fault(line: self.number, sentence: sentence)
    }

    // MARK: Operations

    private func operations(_ subject: String) throws(PolicyFaults.Fault) -> OperationSet {
        if let operations = Self.known(subject) { return operations }
        if subject == "*" { throw self.fault("'*' is not an operation; write all") }
        let namesakes = Operation.allCases.map(\.rawValue).filter { $0.hasSuffix(".\(subject)") }
        if !namesakes.isEmpty {
            throw self.fault("\(subject.quoted) is not an operation; write \(Self.list(namesakes, "or"))")
        }
        let group = subject.prefix { $0 != "." }
        let relatives = OperationSet(named: group).operations.map(\.rawValue)
        if !relatives.isEmpty {
            throw self.fault("\(subject.quoted) is not an operation; write \(group).* or \(Self.list(relatives, "or"))")
        }
        let presets = Self.list(Preset.allCases.map(\.rawValue), "and")
        let groups = Self.list(Operation.Group.allCases.map { "\($0.rawValue).*" }, "and")
        throw self.fault("\(subject.quoted) is not an operation; presets are \(presets), groups are \(groups)")
    }

    /// A preset, an operation, or the beginning of operations.
    private static func known(_ subject: String) -> OperationSet? {
        if let preset = Preset(rawValue: subject) { return preset.operations }
        if let operation = Operation(rawValue: subject) { return OperationSet([operation]) }
        guard subject.hasSuffix(".*") else { return nil }
        let operations = OperationSet(named: subject.dropLast(2))
        return operations.isEmpty ? nil : operations
    }

    private static func list(_ words: [String], _ conjunction: String) -> String {
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
    }

    // MARK: Conditions

    private func condition(_ word: Substring) throws(PolicyFaults.Fault) -> Condition {
        let (name, value) = Self.halves(word)
        guard let value, let kind = Condition.Kind(rawValue: name) else {
            if value == nil, Self.known(String(word)) != nil {
                throw self.fault("\(word.quoted) is a second operation; write a line of its own for it")
            }
            throw self.fault(
                """
                \(word.quoted) is not a condition; write container=NAME, label=KEY=VALUE, image=NAME, user=NAME, \
                privileged=no or identity=NAME
                """
            )
        }
        guard !value.isEmpty else { throw self.fault("\(name)= is empty; write what it must be, or * for anything") }
        switch kind {
        case .container: return .container(try self.pattern(value, kind))
        case .image: return .image(try self.pattern(value, kind))
        case .user: return .user(try self.pattern(value, kind))
        case .identity: return .identity(try self.pattern(value, kind))
        case .label:
            let (key, pattern) = Self.halves(value)
            guard !key.isEmpty, let pattern, !pattern.isEmpty else {
                throw self.fault("\(word.quoted) lacks a key or a value; write label=KEY=VALUE, with * for any value")
            }
            return .label(key: key, try self.pattern(pattern, kind))
        case .privileged:
            switch value {
            case "no": return .privileged(false)
            case "yes": return .privileged(true)
            default: throw self.fault("\(word.quoted) is neither; write privileged=no or privileged=yes")
            }
        }
    }

    /// In front of the first `=` and behind it, `nil` where there is none.
    private static func halves(_ word: Substring) -> (String, Substring?) {
        guard let end = word.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (String(word), nil) }
        return (String(word[..<end]), word[word.utf8.index(after: end)...])
    }

    private func pattern(_ text: Substring, _ kind: Condition.Kind) throws(PolicyFaults.Fault) -> NamePattern {
        guard let pattern = NamePattern(text) else {
            throw self.fault(
                "\(kind.rawValue)= has \(text.utf8.count) bytes; at most \(NamePattern.maximumBytes) are compared, so use *"
            )
        }
        return pattern
    }

    /// Refuses a condition that cannot do what its author believes.
    private func check(
        _ condition: Condition,
        beside others: [Condition],
        _ effect: PolicyRule.Effect,
        _ subject: String,
        _ operations: OperationSet
    ) throws(PolicyFaults.Fault) {
        let kind = condition.kind
        let name = "\(kind.rawValue)="
        if kind != .label, others.contains(where: { $0.kind == kind }) {
            throw self.fault("\(name) stands twice, and both must hold; write a line of its own for each")
        }
        if effect == .deny, kind == .user {
            throw self.fault(
                "deny with user= can be evaded, because a user has several spellings (root, 0, root:root); allow the users that may"
            )
        }
        let reaches = operations.operations.map(kind.reach)
        if reaches.contains(.decidable) { return }
        if reaches.contains(.undecidable) {
            throw self.fault(
                "\(subject) does not name what it concerns, so \(name) can never be decided; leave the condition out"
            )
        }
        throw self.fault(
            "\(subject) is not about what \(name) asks, so the rule could never hold; leave the condition out"
        )
    }
}
