@testable import Agent

/// The tables of docs/configuration.md, generated from the settings. The text around them is written by hand.
///
/// A table stands under its mark, a line `<!-- settings: controller -->` and an empty one, and ends at its last row.
enum SettingsPageFile {
    static func page(_ page: String, with groups: [SettingGroup]) -> String {
        var lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for group in groups {
            guard let mark = lines.firstIndex(of: Self.mark(group.id)) else { continue }
            var end = mark + 1
            while end < lines.count, lines[end].isEmpty || lines[end].hasPrefix("|") { end += 1 }
            lines.replaceSubrange(mark + 1..<end, with: [""] + Self.table(group) + [""])
        }
        return lines.joined(separator: "\n")
    }

    static func mark(_ id: String) -> String { "<!-- settings: \(id) -->" }

    /// The ids of the marks on a page, in their order.
    static func marks(on page: String) -> [String] {
        page.matches(of: #/(?m)^<!-- settings: (\w+) -->$/#).map { String($0.output.1) }
    }

    private static func table(_ group: SettingGroup) -> [String] {
        ["| Variable | Default | Meaning |", "|---|---|---|"]
            + group.rows.map { "| `\($0.name)` | \($0.fallback) | \($0.sentences) |" }
    }
}
