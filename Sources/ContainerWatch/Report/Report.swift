package import Base

/// What an audit of some containers came to.
package struct Report: Sendable {
    package let containersInspected: Int
    /// In order, without repetition.
    package let findings: [Finding]

    package init(containersInspected: Int, findings: [Finding]) {
        self.containersInspected = containersInspected
        self.findings = findings.inOrder()
    }

    /// About the same containers, with fewer findings.
    package func with(_ findings: [Finding]) -> Report {
        Report(containersInspected: self.containersInspected, findings: findings)
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
