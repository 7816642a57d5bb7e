import Foundation

/// What the documentation tests need to know of a Markdown text. Fenced code is not looked into.
struct Markdown {
    /// The targets of inline links and images, as written.
    let links: [String]
    /// The anchors that its headings give, as the usual renderers spell them.
    let anchors: Set<String>
    /// The code spans in the first cell of every table row.
    let firstCellCode: [String]

    init(_ text: String) {
        var fenced = false
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            guard line.drop(while: \.isWhitespace).hasPrefix("```") else { return !fenced }
            fenced.toggle()
            return false
        }
        self.links = lines.flatMap { $0.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.output.1) } }
        self.anchors = Set(lines.filter { $0.hasPrefix("#") }.map(Self.anchor))
        self.firstCellCode = lines.filter { $0.hasPrefix("|") }.flatMap { row in
            let cell = row.dropFirst().prefix { $0 != "|" }
            return cell.matches(of: #/`([^`]+)`/#).map { String($0.output.1) }
        }
    }

    private static func anchor(of heading: Substring) -> String {
        let title = heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
        return String(title.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : nil })
    }
}
