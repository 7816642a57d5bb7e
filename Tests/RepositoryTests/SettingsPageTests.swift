import Foundation
import Testing

@testable import Agent

/// docs/configuration.md says of every setting what the program reads. With WRITE_SETTINGS_PAGE=1 (`make settings-page`) a
/// table that differs is written instead of reported.
@Suite struct SettingsPageTests {
    private static let path = "docs/configuration.md"
    private static let isWriting = ProcessInfo.processInfo.environment["WRITE_SETTINGS_PAGE"] == "1"

    @Test func theTablesAreGenerated() throws {
        let present = try SourceTree.file(Self.path).text
        let generated = SettingsPageFile.page(present, with: Settings.groups)
        if Self.isWriting, present != generated {
            try generated.write(to: SourceTree.root.appending(path: Self.path), atomically: true, encoding: .utf8)
        } else {
            #expect(present == generated, "\(Self.path) differs from the settings; run make settings-page")
        }
    }

    @Test func everyGroupHasItsPlaceOnThePage() throws {
        let page = try SourceTree.file(Self.path).text
        #expect(SettingsPageFile.marks(on: page) == Settings.groups.map(\.id))
        // A variable in a table that no setting stands behind would be left over.
        let named = Markdown(page).firstCellCode.filter { $0.wholeMatch(of: #/[A-Z][A-Z0-9_]+/#) != nil }
        #expect(named == Settings.rows.map(\.name))
    }

    @Test func aTableIsReplacedAndTheTextAroundItKept() {
        let group = SettingGroup(
            id: "one",
            title: "One",
            rows: [Setting("PORT", .number(3000, in: 0...65535), "Of TCP; {range}.").row]
        )
        let page = "# T\n\n<!-- settings: one -->\n| old |\n|---|\n| row |\n\nText.\n\n| a | b |\n"
        #expect(
            SettingsPageFile.page(page, with: [group])
                == """
                # T

                <!-- settings: one -->

                | Variable | Default | Meaning |
                |---|---|---|
                | `PORT` | `3000` | Of TCP; 0–65535. |

                Text.

                | a | b |

                """
        )
    }

    // MARK: The environment is read through the table alone

    @Test func everySettingStandsInItsGroupAndIsRead() throws {
        let table = try SourceTree.files(under: "Sources/Agent/Settings", endingIn: ".swift").filter {
            $0.path.contains("/Settings+")
        }
        let declared = table.flatMap {
            $0.text.matches(of: #/static let (\w+) = Setting\(/#).map { String($0.output.1) }
        }
        let grouped = table.flatMap { $0.text.matches(of: #/\b(\w+)\.row\b/#).map { String($0.output.1) } }
        #expect(declared.sorted() == grouped.sorted())
        #expect(declared.count == Settings.rows.count)
        let others = try SourceTree.files(under: "Sources", endingIn: ".swift").filter { file in
            !table.contains { $0.path == file.path }
        }
        let used = Set(others.flatMap { $0.text.matches(of: #/\bSettings\.(\w+)/#).map { String($0.output.1) } })
        #expect(declared.filter { !used.contains($0) } == [], "never read")
    }

    @Test func noFileReadsAVariableByAName() throws {
        let call = #/\.(?:string|integer|boolean|bytes|choice|list|eitherCase)\("[A-Z]/#
        for file in try SourceTree.files(under: "Sources/Agent", endingIn: ".swift") {
            #expect(file.text.firstMatch(of: call) == nil, "\(file): declare it in Settings")
        }
    }

    /// What the system says is read by its name, and nothing else is. What a program gives its child is written.
    @Test func onlyVariablesOfTheSystemAreReadWithoutASetting() throws {
        let read = #/\b(?:environment|current|values)\["([A-Z_]+)"\](?!\s*=[^=])/#
        let files = try SourceTree.files(under: "Sources", endingIn: ".swift")
        let names = files.flatMap { $0.text.matches(of: read).map { String($0.output.1) } }
        #expect(Set(names) == ["HOME", "JOURNAL_STREAM", "XDG_RUNTIME_DIR"])
        #expect(files.filter { $0.text.contains("getenv(") }.isEmpty)
    }
}
