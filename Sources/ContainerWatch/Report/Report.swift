package import Base

/// What an audit of some containers came to.
package struct Report: Sendable {
    package let containersInspected: Int
    /// That the engine did not describe: a report of them all would be another one.
    package let containersMissed: Int
    /// In order, without repetition.
    package let findings: [Finding]

    package init(containersInspected: Int, containersMissed: Int = 0, findings: [Finding]) {
        self.containersInspected = containersInspected
        self.containersMissed = containersMissed
        self.findings = findings.inOrder()
    }

    /// About the same containers, with fewer findings.
    package func with(_ findings: [Finding]) -> Report {
        Report(
            containersInspected: self.containersInspected,
            containersMissed: self.containersMissed,
            findings: findings
        )
    }

    /// Whether anything is as bad as that.
    package func holds(_ severity: Severity) -> Bool { self.findings.contains { $0.severity >= severity } }

    /// Its keys and their order are a promise.
    package var json: JSONNode {
        .object([
            .init("containers_inspected", .number(Double(self.containersInspected))),
            .init("total_findings", .number(Double(self.findings.count))),
            .init("findings", .array(self.findings.map(\.json))),
        ])
    }
}

/// Every rule, for people and for programs.
package enum RuleList {
    package static var text: String {
        let width = RuleBook.all.map(\.id.count).max() ?? 0
        return RuleBook.all.map { rule in
            let space = String(repeating: " ", count: width - rule.id.count)
            return "\(rule.severity.label)  \(rule.id)\(space)  \(rule.summary)\n"
        }.joined()
    }

    package static var json: JSONNode {
        .array(
            RuleBook.all.map { rule in
                .object([
                    .init("id", .text(rule.id)), .init("severity", .text(rule.severity.rawValue)),
                    .init("summary", .text(rule.summary)), .init("remedy", .text(rule.remedy)),
                    .init("references", .array(rule.references.map { .text($0.description) })),
                    .init("owns_host", .bool(rule.ownsHost)), .init("page", .text(rule.page)),
                    .init(
                        "profiles",
                        .array(Profile.allCases.filter { $0.holds(rule) }.map { .text($0.rawValue) })
                    ),
                ])
            }
        )
    }
}

extension Rule {
    /// Of this project's documentation.
    var page: String { "docs/rules/\(self.id).md" }
}
