/// What a rule's page says beside what the rule says itself. `docs/rules` holds the same words.
package struct RulePage: Sendable {
    /// "High." where each finding is, "Usually high." where the rule grades what it finds.
    let opening: String
    /// What is found. An empty line separates paragraphs.
    let found: String
    /// Why it matters.
    let reason: String

    private static let all = [base, ofTheHost, ofLimits, ofTheNetwork].reduce(into: [:]) { $0.merge($1) { $1 } }

    /// - Returns: the whole page of a rule in Markdown, each paragraph on one line; `nil` when there is no such rule.
    package static func markdown(_ id: String) -> String? {
        guard let rule = RuleBook.rule(id), let page = self.all[id] else { return nil }
        let references = rule.references.map { "- \($0.description)\n" }.joined()
        return """
            # \(id)

            \(page.opening) \(rule.summary)

            ## What is found

            \(page.found)

            ## Why it matters

            \(page.reason)

            ## How to fix it

            \(rule.remedy)

            ## Also asked for by

            \(references.isEmpty ? "None of the catalogues that Lookout refers to.\n" : references)
            """
    }
}
