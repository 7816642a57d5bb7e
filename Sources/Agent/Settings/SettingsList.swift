import Base

/// What `lookout env` prints: every setting with its value, where that comes from, the default and the meaning.
package struct SettingsList {
    private let environment: [String: String]

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// All settings under the headings of docs/configuration.md.
    package var text: String {
        Settings.groups.map { group in
            "\(group.title)\n\n" + group.rows.map(self.entry).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// - Returns: `nil` where no setting has that name.
    package func text(of name: String) -> String? {
        Settings.rows.first { $0.name == name }.map(self.entry)
    }

    /// Three lines, and one for each problem.
    private func entry(_ row: SettingRow) -> String {
        let fallback = Self.plain(row.fallback)
        let source = fallback == "–" ? "no default" : "default: \(fallback)"
        let lines: [String]
        if let value = self.value(of: row) {
            lines = [
                "\(row.name)=\(row.isSecret ? "(not shown)" : Self.shown(value))",
                "    from the environment; \(source)",
            ]
        } else {
            lines = [row.name, "    not set; \(source)"]
        }
        var reader = EnvironmentReader(self.environment)
        row.check(&reader)
        let problems = reader.problems.map { "    refused: \(Self.shown($0))" }
        return (lines + ["    " + Self.plain(row.sentences)] + problems).map { "\($0)\n" }.joined()
    }

    private func value(of row: SettingRow) -> String? {
        let reader = EnvironmentReader(self.environment)
        return row.kind == .eitherCase ? reader.eitherCase(row.name) : reader.string(row.name)
    }

    /// Text without the user information of its URLs. A password may hold any character, so all up to the last `@` before the
    /// next URL is left out.
    static func shown(_ text: String) -> String {
        let text = text.printable
        let parts = text.split(separator: "://", omittingEmptySubsequences: false)
        return ([String(parts[0])] + parts.dropFirst().map(Self.withoutUser)).joined(separator: "://")
    }

    private static func withoutUser(_ text: Substring) -> String {
        text.lastIndex(of: "@").map { "…" + text[$0...] } ?? String(text)
    }

    /// Markdown without its marks: code spans lose their quotes, links their targets.
    static func plain(_ markdown: String) -> String {
        String(markdown.withoutLinkTargets.filter { $0 != "`" })
    }
}
