import Foundation
import Testing

@Suite struct DocumentationTests {
    static let pages: [SourceTree.File] = {
        let top = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].compactMap { try? SourceTree.file($0) }
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
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let folder = URL(filePath: page.path, relativeTo: SourceTree.root).deletingLastPathComponent()
            let target =
                parts[0].isEmpty ? SourceTree.root.appending(path: page.path) : folder.appending(path: parts[0])
            guard FileManager.default.fileExists(atPath: target.standardizedFileURL.path) else {
                Issue.record("\(page): \(link) leads nowhere")
                continue
            }
            if parts.count == 2 {
                let anchors = Markdown(try String(contentsOf: target, encoding: .utf8)).anchors
                #expect(anchors.contains(parts[1]), "\(page): \(link) names no heading there")
            }
        }
    }

    @Test func everyVariableThatIsReadIsDocumentedAndNoOther() throws {
        let sources = try SourceTree.files(under: "Sources/Lookout", endingIn: ".swift").filter { file in
            file.path.split(separator: "/").contains { $0.hasPrefix("Configuration") }
        }
        let read = Set(sources.flatMap { Self.variables(in: $0.text) })
        let named = Markdown(try SourceTree.file("docs/configuration.md").text).firstCellCode
        let documented = Set(named.flatMap { Self.variables(in: "\"\($0)\"") })
        #expect(read.subtracting(documented).sorted() == [], "read, but not in docs/configuration.md")
        #expect(documented.subtracting(read).sorted() == [], "in docs/configuration.md, but never read")
    }

    @Test func aVariableIsAStringThatShouts() {
        let text = #"let a = env["DRYDOCK_URL"]; case port = "PORT"; throw Refusal("NOT A NAME", "info", "X", "A_")"#
        #expect(Self.variables(in: text) == ["DRYDOCK_URL", "PORT"])
    }

    private static func variables(in text: String) -> [String] {
        text.matches(of: #/"([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*)"/#).map { String($0.output.1) }
    }
}
