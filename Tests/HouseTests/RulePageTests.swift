import ContainerWatch
import Foundation
import Testing

/// Every rule has a page that says the same as the program, and every page a rule.
@Suite struct RulePageTests {
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
        for item in rule.references.compactMap(Self.cisItem) { #expect(text.contains("item \(item)")) }
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

    private static func cisItem(_ reference: Rule.Reference) -> String? {
        guard case .cis(let item) = reference else { return nil }
        return item
    }
}
