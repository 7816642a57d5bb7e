/// One environment variable: how its text is read, what counts without it, and what it means.
///
/// All of them stand in `Settings`. The reader, `lookout env`, the tables of docs/configuration.md and the tests of all
/// settings come from these values.
package struct Setting<Value: Sendable>: Sendable {
    package let row: SettingRow
    let type: SettingType<Value>

    /// - Parameters:
    ///   - fallback: what counts without the variable, in Markdown; by default what `type` says.
    ///   - isSecret: whether the value is never shown.
    ///   - meaning: sentences in Markdown. `{range}` stands for the range of `type`.
    init(
        _ name: String,
        _ type: SettingType<Value>,
        default fallback: String? = nil,
        isSecret: Bool = false,
        _ meaning: String
    ) {
        self.type = type
        self.row = SettingRow(
            name: name,
            kind: type.kind,
            fallback: fallback ?? type.fallback,
            isSecret: isSecret,
            meaning: meaning,
            check: { _ = type.read(name, &$0) }
        )
    }

    var name: String { self.row.name }
}

/// A setting without the type of its value: what is printed and tested of it.
package struct SettingRow: Sendable {
    package let name: String
    package let kind: SettingKind
    /// What counts without the variable, in Markdown; `–` for nothing.
    package let fallback: String
    package let isSecret: Bool
    /// As it is written in the table, with `{range}`.
    let meaning: String
    /// Reads the value and keeps only the problems.
    let check: @Sendable (inout EnvironmentReader) -> Void

    /// Sentences in Markdown.
    package var sentences: String {
        guard let range = self.kind.range else { return self.meaning }
        return self.meaning.replacing(SettingKind.rangeMark, with: range)
    }
}

/// The form of a setting's text.
package enum SettingKind: Sendable, Equatable {
    case text
    /// Text in a variable whose name may be in lower case, which takes precedence.
    case eitherCase
    case list
    case flag
    case number(ClosedRange<Int>)
    case bytes(ClosedRange<Int>)
    /// One of some words, in any case. The second list is accepted and not recommended.
    case choice([String], synonyms: [String])

    static let rangeMark = "{range}"

    /// In Markdown; `nil` where there is none.
    package var range: String? {
        switch self {
        case .number(let range): "\(range.lowerBound)–\(range.upperBound)"
        case .bytes(let range):
            "`\(EnvironmentReader.short(range.lowerBound))`–`\(EnvironmentReader.short(range.upperBound))`"
        case .text, .eitherCase, .list, .flag, .choice: nil
        }
    }
}

/// Some settings that are described together: a table of docs/configuration.md.
package struct SettingGroup: Sendable {
    /// Marks the place of the table on the page.
    package let id: String
    /// For people, as a heading.
    package let title: String
    package let rows: [SettingRow]
}
