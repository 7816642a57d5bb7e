import ContainerWatch
import Foundation
import Testing

/// Every rule has a page that says the same as the program, and every page a rule. With WRITE_RULE_PAGES=1 (`make
/// rule-pages`) what differs is written instead of reported.
@Suite struct RulePageTests {
    private static let isWriting = ProcessInfo.processInfo.environment["WRITE_RULE_PAGES"] == "1"

    @Test(arguments: RuleBook.all.map(\.id))
    func thePageOfARuleIsGenerated(_ id: String) throws {
        let path = "docs/rules/\(id).md"
        let rule = try #require(RuleBook.rule(id))
        let page = try #require(RulePageFile.text(of: rule))
        try Self.compare((try? SourceTree.file(path).text) ?? "", with: page, at: path)
    }

    @Test func theIndexIsGenerated() throws {
        let path = "docs/rules/README.md"
        let present = try SourceTree.file(path).text
        try Self.compare(present, with: RulePageFile.index(keeping: present), at: path)
    }

    private static func compare(_ present: String, with generated: String, at path: String) throws {
        if self.isWriting, present != generated {
            try generated.write(to: SourceTree.root.appending(path: path), atomically: true, encoding: .utf8)
        } else {
            #expect(present == generated, "\(path) differs from the rule; run make rule-pages")
        }
    }

    @Test(arguments: RuleBook.all.map(\.id))
    func aRuleHasItsPage(_ id: String) throws {
        let rule = try #require(RuleBook.rule(id))
        let page = try SourceTree.file("docs/rules/\(id).md").text
        // Lines are broken anywhere.
        let text = page.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(page.hasPrefix("# \(id)\n"))
        #expect(text.contains(rule.summary))
        #expect(text.contains("## How to fix it \(rule.remedy)"))
        #expect(text.lowercased().contains("\(rule.severity.rawValue). \(rule.summary)".lowercased()))
        // `lookout audit --explain` prints the page from the program.
        let own = try #require(RulePage.markdown(id)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let end = " ## Also asked for by "
        #expect(own.components(separatedBy: end).first == text.components(separatedBy: end).first)
        #expect(text.contains(end))
        for item in rule.references.compactMap(RulePageFile.cisItem) { #expect(text.contains("item \(item)")) }
    }

    @Test func theIndexLeadsToEveryPageAndNoPageIsLeftOver() throws {
        let ids = Set(RuleBook.all.map(\.id))
        let links = Markdown(try SourceTree.file("docs/rules/README.md").text).links.filter { !$0.hasPrefix("..") }
        #expect(Set(links) == Set(ids.map { "\($0).md" }))
        #expect(links.count == ids.count)
        let pages = try SourceTree.files(under: "docs/rules", endingIn: ".md").map(\.path)
        #expect(Set(pages) == Set(ids.map { "docs/rules/\($0).md" } + ["docs/rules/README.md"]))
    }

    @Test func thePageOfAdmissionNamesTheRulesThatOwnTheHost() throws {
        let page = try SourceTree.file("docs/admission.md").text
        let start = try #require(page.range(of: "Unless it is set, these count"))
        let end = try #require(page.range(of: "Only critical and high findings count"))
        let words = page[start.upperBound..<end.lowerBound].split(separator: "`").map(String.init)
        #expect(Set(words.filter { RuleBook.rule($0) != nil }) == Set(RuleBook.ownsHost))
    }
}
