/// A report for people: what was found, and what to do about it.
package struct TextReport {
    private static let rule = String(repeating: "─", count: 80)

    private let paint: Paint

    package init(_ paint: Paint) {
        self.paint = paint
    }

    package func text(_ report: Report) -> String {
        let counts = "Containers inspected: \(report.containersInspected)  |  Findings: \(report.findings.count)"
        var lines = ["", self.paint.bold("Lookout audit"), self.paint.dim(counts), ""]
        if report.findings.isEmpty {
            lines.append("No security findings.")
        } else {
            lines.append(Self.rule)
            for finding in report.findings { lines += self.lines(finding) }
            lines += [Self.rule, "", "Summary: \(self.summary(report.findings))"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(_ finding: Finding) -> [String] {
        let badge = self.paint.severity(finding.severity, "[\(finding.severity.label)]")
        let head = "\(badge) \(self.paint.bold(finding.rule))  (\(finding.container))"
        return [head, "  \(finding.detail)", "  What to do: \(finding.remedy)"]
    }

    private func summary(_ findings: [Finding]) -> String {
        Severity.allCases.compactMap { severity in
            let count = findings.count { $0.severity == severity }
            guard count > 0 else { return nil }
            return "\(self.paint.severity(severity, "[\(severity.rawValue.uppercased())]")) \(count)"
        }.joined(separator: "  ")
    }
}

extension Finding {
    /// What to do about it, one sentence.
    var remedy: String { RuleBook.rule(self.rule)?.remedy ?? "" }
}

/// Colours for a terminal, or none.
package enum Paint: Sendable {
    case none
    case ansi

    func bold(_ text: String) -> String { self.wrap(text, "1") }
    func dim(_ text: String) -> String { self.wrap(text, "2") }

    func severity(_ severity: Severity, _ text: String) -> String {
        switch severity {
        case .critical: self.wrap(text, "1;91")
        case .high: self.wrap(text, "91")
        case .medium: self.wrap(text, "93")
        case .low: self.wrap(text, "94")
        }
    }

    private func wrap(_ text: String, _ code: String) -> String {
        switch self {
        case .none: text
        case .ansi: "\u{1b}[\(code)m\(text)\u{1b}[0m"
        }
    }
}

extension Severity {
    /// In capitals, filled up on the left so that all are equally wide.
    var label: String {
        let name = self.rawValue.uppercased()
        return String(repeating: " ", count: 8 - name.count) + name
    }
}
