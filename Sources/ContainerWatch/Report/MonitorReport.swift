import Base

/// What a watch says about one container the moment it looked at it.
package enum MonitorReport: Sendable {
    /// A line for each finding.
    case json
    /// For people.
    case text(Paint)

    /// What comes before everything else; empty for JSON lines.
    package var header: String {
        switch self {
        case .json: ""
        case .text(let paint): "\(paint.bold("Lookout monitor"))  every container as it starts\n"
        }
    }

    /// - Parameters:
    ///   - container: its name.
    ///   - time: when it happened, RFC 3339.
    /// - Returns: whole lines; empty for JSON lines without a finding.
    package func lines(_ findings: [Finding], of container: String, at time: String) -> String {
        switch self {
        case .json: findings.map { Self.object($0, time).compact + "\n" }.joined()
        case .text(let paint): Self.text(findings, of: container, paint)
        }
    }

    private static func text(_ findings: [Finding], of container: String, _ paint: Paint) -> String {
        guard !findings.isEmpty else { return "OK    \(Printable.text(container)) — no findings\n" }
        return findings.map { finding in
            let severity = paint.severity(finding.severity, finding.severity.label)
            return "\(severity)  \(finding.container)  \(paint.bold(finding.rule))  \(finding.detail)\n"
        }.joined()
    }

    private static func object(_ finding: Finding, _ time: String) -> JSONNode {
        .object([JSONNode.Member("time", .text(time))] + finding.json.members)
    }
}
