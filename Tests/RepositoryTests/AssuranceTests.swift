import Foundation
import Testing

/// docs/security-model.md promises, for every row of its assurance table, a test that fails without the control. The table
/// is only worth reading while those tests exist, so their names are looked up here.
@Suite struct AssuranceTests {
    @Test func everyRowNamesATestThatExists() throws {
        let table = AssuranceTable(try SourceTree.file("docs/security-model.md").text)
        let known = TestNames(try SourceTree.files(under: "Tests", endingIn: ".swift"))
        #expect(table.rows.count >= 40, "the table was not found, or has lost rows")
        for row in table.rows {
            #expect(!row.promise.isEmpty && !row.control.isEmpty, "\(row.line)")
            #expect(!row.tests.isEmpty, "no test is named: \(row.line)")
            for test in row.tests { #expect(known.contains(test), "\(test) does not exist: \(row.line)") }
        }
    }

    @Test func theReliabilityPageNamesTestsThatExist() throws {
        let pages = try [SourceTree.file("docs/reliability.md")] + SourceTree.files(under: "docs/lab", endingIn: ".md")
        let text = pages.map(\.text).joined(separator: "\n")
        let known = TestNames(try SourceTree.files(under: "Tests", endingIn: ".swift"))
        let named = text.matches(of: #/`([A-Z]\w*Tests\.\w+)`/#).map { String($0.output.1) }
        #expect(named.filter { !known.contains($0) } == [])
    }

    @Test func aRowIsReadFromItsSectionAlone() {
        let table = AssuranceTable(
            """
            | a | b | `XTests.before` |
            ## Assurance
            words
            | Promise | Control | Test |
            |---|---|---|
            | a promise | `Sources/A.swift` | `ATests.one`, `ATests.two` |
            | another | [B](b.md) | nothing |
            ## Afterwards
            | a | b | `XTests.behind` |
            """
        )
        #expect(table.rows.map(\.tests) == [["ATests.one", "ATests.two"], []])
        #expect(table.rows.map(\.promise) == ["a promise", "another"])
    }

    @Test(arguments: [
        ("ATests.works", true), ("ATests.helper", false), ("BTests.works", false), ("ATests.more", true),
        ("CTests.table", true), ("ATests.table", false), ("ATests", false), ("DTests.inside", true),
        ("Row.afterwards", false), ("DTests.afterwards", true),
    ])
    func onlyATestFunctionOfThatSuiteCounts(_ name: String, _ exists: Bool) {
        let text = """
            @Suite(.serialized) struct ATests {
                @Test func works() {}
                private func helper() {}
            }
            extension ATests {
                @Test(arguments: [1, 2])
                func more(_ n: Int) async throws {}
            }
            struct CTests {
                @Test(
                    .timeLimit(.minutes(1)),
                    arguments: ["func"]
                )
                func table(_ s: String) {}
            }
            extension All {
                @Suite struct DTests {
                    @Test func inside() {}
                    struct Row {
                        let n: Int
                    }
                    @Test func afterwards() {}
                }
            }
            """
        #expect(TestNames([SourceTree.File(path: "Tests/A.swift", text: text)]).contains(name) == exists)
    }
}

/// The rows of the section "Assurance": promise, control, tests.
private struct AssuranceTable {
    struct Row {
        let line: String
        let promise: String
        let control: String
        /// `Suite.test`, as written.
        let tests: [String]
    }

    let rows: [Row]

    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let section = lines.drop { $0 != "## Assurance" }.dropFirst().prefix { !$0.hasPrefix("## ") }
        self.rows = section.filter { $0.hasPrefix("|") && !$0.hasPrefix("|---") }.compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, cells[0] != "Promise" else { return nil }
            let tests = cells[2].matches(of: #/`(\w+\.\w+)`/#).map { String($0.output.1) }
            return Row(line: String(line), promise: cells[0], control: cells[1], tests: tests)
        }
    }
}

/// The test functions in the given files, by suite.
private struct TestNames {
    private var names: Set<String> = []

    init(_ files: [SourceTree.File]) {
        for file in files { self.read(file.text) }
    }

    func contains(_ name: String) -> Bool { self.names.contains(name) }

    private mutating func read(_ text: String) {
        // The types that a line may stand in, with their indentation.
        var types: [(indent: Int, name: String)] = []
        var isTest = false
        for line in text.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            if let type = line.firstMatch(of: #/^\s*(?:[@\w].*\s)?(?:struct|class|actor|enum|extension)\s+(\w+)/#) {
                types.removeAll { $0.indent >= indent }
                types.append((indent, String(type.output.1)))
                isTest = false
            }
            if line.contains("@Test") { isTest = true }
            if isTest, let function = line.firstMatch(of: #/^\s+(?:@Test.*\s)?func\s+(\w+)/#) {
                if let suite = types.last(where: { $0.indent < indent }) {
                    self.names.insert("\(suite.name).\(function.output.1)")
                }
                isTest = false
            }
        }
    }
}
