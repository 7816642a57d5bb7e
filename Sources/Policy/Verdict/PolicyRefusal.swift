import Base

/// What the asker of a denied request is told: the host, the operation, the container or image, and what its operator would
/// have to write to allow it.
///
/// Printable and bounded, whatever the request names.
package struct PolicyRefusal: Sendable, Equatable {
    /// Characters of a name that is quoted.
    private static let longestName = 64
    /// Characters of a path or a setting that is quoted.
    private static let longestPlace = 160

    /// The line that denies; `nil` where no rule holds, or where the rules have no lines.
    package let line: Int?
    /// Without a full stop: clients put it inside sentences of their own.
    package let sentence: String

    /// - Parameters:
    ///   - host: this agent's name.
    ///   - reference: the id or name as the request has it, for what was not found.
    package init(
        host: String,
        _ operation: Operation,
        _ reason: PolicyDecision.Reason,
        _ policy: HostPolicy,
        _ facts: RequestFacts,
        reference: String? = nil
    ) {
        self.line = policy.line(of: reason)
        let subject = Self.subject(operation, facts, reference).map { " for \($0)" } ?? ""
        let denial =
            "policy of \(Printable.short(host, limit: Self.longestName)) denies \(operation.rawValue)\(subject)"
        let remedy = Remedy(operation, facts, policy)
        self.sentence =
            switch reason {
            case .newName(let rule, let gained):
                "\(denial), because \(gained.rawValue) goes by names and would be allowed then; choose a name that "
                    + "\(remedy.place(of: policy.rules[rule])) does not speak of"
            case .rule(let index): "\(denial); to allow it, \(remedy.text(above: policy.rules[index]))"
            case .nothingMatches: "\(denial); to allow it, \(remedy.text(above: nil))"
            }
    }

    /// The body of a 403, as engines write theirs.
    package var json: String {
        JSONNode.object([.init("message", .text(self.sentence))]).compact + "\n"
    }

    private static func subject(_ operation: Operation, _ facts: RequestFacts, _ reference: String?) -> String? {
        if case .known(let container) = facts.container, !container.name.isEmpty {
            return Printable.short(container.name, limit: Self.longestName)
        }
        if case .known(let images) = facts.images, let image = images.first {
            return Printable.short(image.familiar, limit: Self.longestName)
        }
        guard let reference, !reference.isEmpty else { return nil }
        let name = Printable.short(reference, limit: Self.longestName)
        return facts.container == .unresolved ? "\(name), which is not a container here" : name
    }

    /// What to write where.
    private struct Remedy {
        let rule: String
        let policy: HostPolicy
        let operation: Operation

        init(_ operation: Operation, _ facts: RequestFacts, _ policy: HostPolicy) {
            var words = ["allow", operation.rawValue]
            if operation.subject == .container, case .known(let container) = facts.container {
                if !container.name.isEmpty {
                    words.append("container=\(NamePattern.covering(container.name))")
                } else if let image = container.image {
                    words.append("image=\(NamePattern.covering(image.familiar))")
                }
            } else if operation.subject == .image, case .known(let images) = facts.images, images.count == 1 {
                words.append("image=\(NamePattern.covering(images[0].familiar))")
            }
            self.rule = words.joined(separator: " ")
            self.policy = policy
            self.operation = operation
        }

        func place(of rule: PolicyRule) -> String { "line \(rule.line) of \(self.file)" }

        /// - Parameter rule: the one that denies.
        func text(above rule: PolicyRule?) -> String {
            switch self.policy.source {
            case .file:
                let place = rule.map { "above \(self.place(of: $0))" } ?? "to \(self.file)"
                return "add `\(self.rule)` \(place)"
            case .setting(let setting):
                let presets = self.policy.rules.compactMap { Preset(rawValue: $0.subject) }
                guard let wider = Preset.smallest(with: self.operation) else {
                    let lines = (presets.map { "`allow \($0.rawValue)`" } + ["`\(self.rule)`"]).joined(
                        separator: " and "
                    )
                    return "write \(lines) to a file and set POLICY_FILE to its path instead of \(self.short(setting))"
                }
                return "set POLICY=\(Preset.setting(presets + [wider])) instead of \(self.short(setting))"
            }
        }

        private var file: String {
            guard case .file(let path) = self.policy.source else { return "the policy" }
            return self.short(path)
        }

        private func short(_ text: String) -> String { Printable.short(text, limit: PolicyRefusal.longestPlace) }
    }
}

extension HostPolicy {
    /// `nil` where no rule holds, or where the rules have no lines.
    package func line(of reason: PolicyDecision.Reason) -> Int? {
        switch reason {
        case .nothingMatches: nil
        case .rule(let index), .newName(let index, _): self.line(ofRule: index)
        }
    }

    package func line(ofRule index: Int) -> Int? {
        self.rules[index].line > 0 ? self.rules[index].line : nil
    }
}
