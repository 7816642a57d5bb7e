import Foundation
import Policy
import Testing

/// The files of rules among the examples and in the documentation do what they say.
@Suite struct PolicyExampleTests {
    private static let folder = "examples/edge/policy"

    private static func policy(_ name: String) throws -> HostPolicy {
        let text = try SourceTree.file("\(Self.folder)/\(name)").text
        return HostPolicy(try PolicyReader.read(Array(text.utf8)), from: .file(name))
    }

    @Test(arguments: [
        ("watch", "watch: yes; start and stop: no; updates: no; exec: no; files: no; compose: no; forward: no"),
        (
            "watch-and-restart",
            "watch: yes; start and stop: partly; updates: no; exec: no; files: no; compose: no; forward: no"
        ),
        (
            "updates",
            "watch: yes; start and stop: partly; updates: partly; exec: no; files: no; compose: no; forward: no"
        ),
        ("exec-web", "watch: yes; start and stop: no; updates: no; exec: partly; files: no; compose: no; forward: no"),
    ])
    func anExampleAllowsWhatItSays(name: String, summary: String) throws {
        #expect(PolicySummary(try Self.policy(name)).text == summary)
    }

    @Test func everyExampleIsRead() throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: SourceTree.root.appending(path: Self.folder).path
        ).filter { $0 != "traces" }
        #expect(names.count == 4)
        for name in names { _ = try Self.policy(name) }
    }

    /// What is between the fences of a block that is marked as rules.
    @Test func theRulesInTheDocumentationAreRead() throws {
        let text = try SourceTree.file("docs/policy.md").text
        let blocks = text.matches(of: #/```policy\n((?s:.*?))```/#).map { String($0.output.1) }
        #expect(blocks.count >= 3)
        for block in blocks { _ = try PolicyReader.read(Array(block.utf8)) }
    }

    @Test func theVocabularyInTheDocumentationIsComplete() throws {
        let text = try SourceTree.file("docs/policy.md").text
        for operation in Operation.allCases where operation != .unknown {
            let name = operation.rawValue.dropFirst((operation.group?.rawValue.count ?? 0) + 1)
            // The table of presets comes before it, and has a preset of the same name.
            let row = text.split(separator: "\n").last { $0.hasPrefix("| `\(operation.group?.rawValue ?? "")` |") }
            let words = row.map { Set($0.split(whereSeparator: { " `|,".contains($0) })) }
            #expect(words?.contains(name) == true, "\(operation.rawValue)")
        }
    }
}
