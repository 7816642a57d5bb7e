import Foundation
import Testing

@Suite struct DocumentationTests {
    static let pages: [SourceTree.File] = {
        let top = ["README", "CHANGELOG", "CONTRIBUTING", "SECURITY"].compactMap { try? SourceTree.file("\($0).md") }
        let deeper = ["docs", "examples"].flatMap { (try? SourceTree.files(under: $0, endingIn: ".md")) ?? [] }
        return top + deeper
    }()

    @Test func thePagesAReaderLooksForExist() {
        let paths = Set(Self.pages.map(\.path))
        let expected: Set = [
            "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/configuration.md",
            "docs/endpoints.md", "docs/out-of-scope.md", "docs/protocol.md", "examples/edge/README.md",
        ]
        #expect(expected.subtracting(paths) == [])
    }

    @Test(arguments: pages)
    func relativeLinksLeadSomewhere(_ page: SourceTree.File) throws {
        for link in Markdown(page.text).links where !link.contains("://") && !link.hasPrefix("mailto:") {
            let (target, anchor) = Self.target(of: link, on: page)
            guard SourceTree.exists(target) else {
                Issue.record("\(page): \(link) leads nowhere")
                continue
            }
            if let anchor {
                let anchors = Markdown(try SourceTree.file(target).text).anchors
                #expect(anchors.contains(anchor), "\(page): \(link) names no heading there")
            }
        }
    }

    @Test func everyPageCanBeReachedFromTheFirst() throws {
        var reached: Set = ["README.md"]
        var open = ["README.md"]
        while let path = open.popLast() {
            guard let page = Self.pages.first(where: { $0.path == path }) else { continue }
            for link in Markdown(page.text).links where !link.contains("://") {
                let target = Self.target(of: link, on: page).path
                if reached.insert(target).inserted { open.append(target) }
            }
        }
        #expect(Self.pages.map(\.path).filter { !reached.contains($0) } == [], "no link leads there from README.md")
    }

    @Test(arguments: [
        ("protocol.md#hello", "docs/protocol.md", "hello"), ("../README.md", "README.md", nil),
        ("rules/README.md", "docs/rules/README.md", nil), ("#options", "docs/audit.md", "options"),
    ])
    func aLinkIsReadFromItsPage(_ link: String, _ path: String, _ anchor: String?) {
        let target = Self.target(of: link, on: SourceTree.File(path: "docs/audit.md", text: ""))
        #expect(target.path == path)
        #expect(target.anchor == anchor)
    }

    /// Where a link leads, from the repository's top folder, and the heading there.
    private static func target(of link: String, on page: SourceTree.File) -> (path: String, anchor: String?) {
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let anchor = parts.count == 2 ? parts[1] : nil
        guard !parts[0].isEmpty else { return (page.path, anchor) }
        var folders = page.path.split(separator: "/").dropLast()
        for step in parts[0].split(separator: "/") where step != "." {
            if step == ".." { _ = folders.popLast() } else { folders.append(step) }
        }
        return (folders.joined(separator: "/"), anchor)
    }
}
