import Foundation

@testable import ContainerWatch

/// The files of docs/rules, generated from the rules. Only the introduction of the index is written by hand.
enum RulePageFile {
    /// - Returns: what `lookout audit --explain` prints, in lines, with the full names of the references; `nil` when the
    ///   rule has no page.
    static func text(of rule: Rule) -> String? {
        let title = "## Also asked for by\n\n"
        guard let page = RulePage.markdown(rule.id), let end = page.range(of: title)?.upperBound else { return nil }
        let references = rule.references.map { "- \(Self.name(of: $0))\n" }.joined()
        return page[..<end].components(separatedBy: "\n").map(Self.lines).joined(separator: "\n")
            + (references.isEmpty ? page[end...].trimmingCharacters(in: .newlines) + "\n" : references)
    }

    /// The index of all pages.
    ///
    /// - Parameter page: the present index; what stands before its first heading of the second level is kept.
    static func index(keeping page: String) -> String {
        let introduction = page.prefix(upTo: page.range(of: "\n## ")?.lowerBound ?? page.endIndex)
        let groups = [
            ("Base rules", RuleBook.seed), ("Always", RuleBook.always), ("Further rules", RuleBook.further),
        ]
        return groups.reduce(into: String(introduction)) { text, group in
            text += "\n## \(group.0)\n\n| Rule | Severity | Finds | CIS item |\n|---|---|---|---|\n"
            for rule in group.1 {
                let items = rule.references.compactMap(self.cisItem).joined(separator: ", ")
                let link = "[\(rule.id)](\(rule.id).md)"
                let cells = [link, rule.severity.rawValue, rule.summary, items.isEmpty ? "–" : items]
                text += "| \(cells.joined(separator: " | ")) |\n"
            }
        }
    }

    static func cisItem(_ reference: Rule.Reference) -> String? {
        guard case .cis(let item) = reference else { return nil }
        return item
    }

    private static func name(of reference: Rule.Reference) -> String {
        switch reference {
        case .cis(let item): "CIS Docker Benchmark 1.6, item \(item)"
        case .podSecurityBaseline: "Kubernetes Pod Security Standards, baseline"
        case .podSecurityRestricted: "Kubernetes Pod Security Standards, restricted"
        case .falco: "Falco's default rules"
        case .trivy(let check): check.isEmpty ? "Trivy" : "Trivy \(check)"
        }
    }

    /// A paragraph in lines of at most 125 characters.
    private static func lines(_ paragraph: String) -> String {
        var lines = [""]
        for word in paragraph.split(separator: " ") {
            let last = lines.count - 1
            if lines[last].isEmpty {
                lines[last] = String(word)
            } else if lines[last].count + 1 + word.count <= 125 {
                lines[last] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\n")
    }
}
