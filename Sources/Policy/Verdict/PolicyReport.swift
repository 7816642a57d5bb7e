package import Base

/// What `lookout policy show` prints: the rules that hold, and what becomes of each operation.
package struct PolicyReport {
    private let policy: HostPolicy
    private let mode: PolicyMode

    package init(_ policy: HostPolicy, _ mode: PolicyMode) {
        (self.policy, self.mode) = (policy, mode)
    }

    package var text: String {
        var lines = ["\(self.place), POLICY_MODE=\(self.mode.rawValue)", PolicySummary(self.policy).text, ""]
        for rule in self.policy.rules {
            lines.append(rule.line > 0 ? "line \(rule.line): \(rule.text)" : rule.text)
        }
        lines.append("")
        for outcomes in [HostPolicy.Outcomes.allowed, .either, .denied] {
            let groups = self.groups(outcomes)
            if !groups.isEmpty { lines += [Self.title(outcomes)] + groups }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var json: JSONNode {
        .object([
            .init("source", .text(self.place)),
            .init("mode", .text(self.mode.rawValue)),
            .init(
                "summary",
                .object(PolicySummary(self.policy).parts.map { .init($0.name, .text($0.extent.rawValue)) })
            ),
            .init(
                "rules",
                .array(
                    self.policy.rules.map { rule in
                        let line = JSONNode.Member("line", rule.line > 0 ? .number(Double(rule.line)) : .null)
                        return .object([line, .init("rule", .text(rule.text))])
                    }
                )
            ),
            .init(
                "operations",
                .object(
                    Operation.allCases.map { .init($0.rawValue, .text(self.policy.outcomes($0).rawValue)) }
                )
            ),
        ])
    }

    private var place: String {
        switch self.policy.source {
        case .setting(let setting): Printable.text(setting)
        case .file(let path): "POLICY_FILE=\(Printable.text(path))"
        }
    }

    private static func title(_ outcomes: HostPolicy.Outcomes) -> String {
        switch outcomes {
        case .allowed: "Allowed:"
        case .either: "Allowed where the conditions of a rule hold:"
        case .denied: "Denied:"
        }
    }

    /// One line for each group of operations: `  exec        create start`.
    private func groups(_ outcomes: HostPolicy.Outcomes) -> [String] {
        let operations = Operation.allCases.filter { self.policy.outcomes($0) == outcomes }
        var lines = Operation.Group.allCases.compactMap { group -> String? in
            let names = operations.filter { $0.group == group }.map { $0.rawValue.dropFirst(group.rawValue.count + 1) }
            guard !names.isEmpty else { return nil }
            let padding = String(repeating: " ", count: Self.column - group.rawValue.count)
            return "  \(group.rawValue)\(padding)\(names.joined(separator: " "))"
        }
        if operations.contains(.unknown) { lines.append("  unknown") }
        return lines
    }

    /// Behind the longest name of a group, and two blanks.
    private static let column = 12
}
