import Testing

@testable import Agent

/// What holds for every setting, from the table alone.
@Suite struct SettingsTests {
    private static let modes = [
        ["TOKEN": "sixteen--letters"],
        ["DRYDOCK_URL": "https://drydock.example", "PRIVATE_KEY_FILE": "/key"],
    ]

    private static let numbers = Settings.rows.compactMap { row in
        if case .number(let range) = row.kind { (row.name, range) } else { nil }
    }

    private static let choices = Settings.rows.compactMap { row in
        if case .choice(let words, let synonyms) = row.kind { (row.name, words, synonyms) } else { nil }
    }

    /// - Returns: what is wrong with the text of one variable, whatever else is set.
    private static func problems(_ name: String, _ text: String) throws -> [String] {
        let row = try #require(Settings.rows.first { $0.name == name })
        var reader = EnvironmentReader([name: text])
        row.check(&reader)
        return reader.problems
    }

    @Test func noNameStandsTwice() {
        #expect(Set(Settings.rows.map(\.name)).count == Settings.rows.count)
        #expect(Set(Settings.groups.map(\.id)).count == Settings.groups.count)
    }

    @Test(arguments: Settings.rows.map(\.name)) func aRowIsOneLineOfATable(_ name: String) throws {
        let row = try #require(Settings.rows.first { $0.name == name })
        #expect(row.name.wholeMatch(of: #/[A-Z][A-Z0-9]*(_[A-Z0-9]+)*/#) != nil)
        #expect(row.sentences.hasSuffix("."), "a sentence")
        for cell in [row.fallback, row.sentences] {
            #expect(!cell.isEmpty)
            #expect(!cell.contains("|") && !cell.contains("\n") && !cell.contains("  "))
        }
        // A reader of the table learns the range from it.
        let marks = row.meaning.ranges(of: SettingKind.rangeMark).count
        #expect(marks == (row.kind.range == nil ? 0 : 1))
    }

    @Test(arguments: numbers) func aNumberHasItsRange(_ name: String, _ range: ClosedRange<Int>) throws {
        for number in [range.lowerBound, range.upperBound] { #expect(try Self.problems(name, "\(number)") == []) }
        for text in ["\(range.lowerBound - 1)", "\(range.upperBound + 1)", "x", "1.5"] {
            #expect(
                try Self.problems(name, text) == [
                    "\(name) is '\(text)'; it must be a whole number from \(range.lowerBound) to \(range.upperBound)"
                ]
            )
        }
    }

    @Test(arguments: choices)
    func everyWordOfAChoiceIsDescribedAndTaken(_ name: String, _ words: [String], _ synonyms: [String]) throws {
        let row = try #require(Settings.rows.first { $0.name == name })
        for word in words + synonyms {
            #expect(row.sentences.contains("`\(word)`"), "\(word)")
            #expect(try Self.problems(name, word) == [])
            #expect(try Self.problems(name, word.uppercased()) == [])
        }
        let accepted = words.joined(separator: ", ")
        #expect(try Self.problems(name, "none-of-them") == ["\(name) is 'none-of-them'; it must be one of \(accepted)"])
    }

    @Test(arguments: Settings.rows.filter { $0.kind == .flag }.map(\.name))
    func aSwitchIsTrueOrFalse(_ name: String) throws {
        for word in ["1", "true", "YES", "on", "0", "False", "no", "off"] {
            #expect(try Self.problems(name, word) == [])
        }
        #expect(try Self.problems(name, "perhaps") == ["\(name) is 'perhaps'; it must be true or false"])
    }

    /// Compose files with `${X:-}` set variables to nothing.
    @Test(arguments: modes) func anEmptyVariableIsNotSet(_ minimum: [String: String]) throws {
        let files = HostFiles(exists: { _ in true }, hostname: { "h" }, keyProblem: { _, _ in nil })
        let unset = try Configuration(environment: minimum, output: .other, files: files)
        // The programs of Compose inherit the variables of proxies as they are.
        let rows = Settings.rows.filter { minimum[$0.name] == nil && $0.kind != .eitherCase }
        for name in rows.map(\.name) {
            let variables = minimum.merging([name: ""]) { $1 }
            let empty = try Configuration(environment: variables, output: .other, files: files)
            #expect("\(empty)" == "\(unset)", "\(name)")
        }
    }
}
