package import Base

/// A report in the Static Analysis Results Interchange Format, version 2.1.0, which code hosts read.
///
/// A container has no source file, so each result names it as a logical location, and as a path of the form
/// `containers/NAME` for readers that insist on a file.
package struct SARIFReport {
    private let version: String

    /// - Parameter version: of this program.
    package init(programVersion version: String) {
        self.version = version
    }

    package func json(_ report: Report) -> JSONNode {
        let driver = JSONNode.object([
            .init("name", .text("Lookout")),
            .init("version", .text(self.version)),
            .init("rules", .array(RuleBook.all.map(Self.descriptor))),
        ])
        let run = JSONNode.object([
            .init("tool", .object([.init("driver", driver)])),
            .init("columnKind", .text("unicodeCodePoints")),
            .init("results", .array(report.findings.map(Self.result))),
        ])
        return .object([
            .init("$schema", .text("https://json.schemastore.org/sarif-2.1.0.json")),
            .init("version", .text("2.1.0")),
            .init("runs", .array([run])),
        ])
    }

    private static func descriptor(_ rule: Rule) -> JSONNode {
        let references = rule.references.map { JSONNode.text($0.description) }
        return .object([
            .init("id", .text(rule.id)),
            .init("shortDescription", Self.message(rule.summary)),
            .init("helpUri", .text(rule.page)),
            .init("help", Self.help(rule)),
            .init("defaultConfiguration", .object([.init("level", .text(rule.severity.sarifLevel))])),
            .init(
                "properties",
                .object([
                    .init("tags", .array([.text("security")] + references)),
                    .init("security-severity", .text(rule.severity.score)),
                ])
            ),
        ])
    }

    private static func result(_ finding: Finding) -> JSONNode {
        let logical = JSONNode.object([
            .init("name", .text(finding.container)),
            .init("kind", .text("container")),
        ])
        let artifact = JSONNode.object([.init("uri", .text("containers/\(finding.container.percentEncoded)"))])
        let location = JSONNode.object([
            .init("physicalLocation", .object([.init("artifactLocation", artifact)])),
            .init("logicalLocations", .array([logical])),
        ])
        return .object([
            .init("ruleId", .text(finding.rule)),
            .init("ruleIndex", .number(Double(RuleBook.all.firstIndex { $0.id == finding.rule } ?? -1))),
            .init("level", .text(finding.severity.sarifLevel)),
            .init("message", Self.message("\(finding.container): \(finding.detail)")),
            .init("locations", .array([location])),
            .init(
                "partialFingerprints",
                .object([.init("finding/v1", .text("\(finding.container)|\(finding.rule)|\(finding.resource)"))])
            ),
            .init("properties", finding.json),
        ])
    }

    /// The rule's page, for readers that show Markdown. Its links lead to files beside it, which a code host would look for
    /// beside its own page of the alert.
    private static func help(_ rule: Rule) -> JSONNode {
        let text = JSONNode.Member("text", .text("\(rule.remedy) More in \(rule.page)."))
        return .object(
            [text] + (RulePage.markdown(rule.id).map { [.init("markdown", .text($0.withoutLinkTargets))] } ?? [])
        )
    }

    private static func message(_ text: String) -> JSONNode { .object([.init("text", .text(text))]) }
}

extension Severity {
    fileprivate var sarifLevel: String {
        switch self {
        case .critical, .high: "error"
        case .medium: "warning"
        case .low: "note"
        }
    }

    /// What code hosts sort security results by: from 9.0 critical, from 7.0 high, from 4.0 medium.
    fileprivate var score: String {
        switch self {
        case .critical: "9.5"
        case .high: "8.0"
        case .medium: "5.5"
        case .low: "2.0"
        }
    }
}
