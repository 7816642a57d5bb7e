import Foundation

/// Bars of what the agent adds: each figure that a direct client has too, as a multiple of the direct client's.
struct Plot {
    private static let (labelWidth, barWidth, rowHeight) = (220.0, 420.0, 28.0)

    let results: Results

    var svg: String {
        let rows = self.results.figures.filter { !$0.direct.isEmpty }
            .map { (name: $0.name, ratio: Self.cost(of: $0)) }
        let most = max(1, rows.map(\.ratio).max() ?? 1)
        let height = Double(rows.count + 1) * Self.rowHeight + 16
        let width = Self.labelWidth + Self.barWidth + 70
        var lines = [
            #"<svg xmlns="http://www.w3.org/2000/svg" width="\#(width)" height="\#(height)" font-family="sans-serif" "#
                + #"font-size="13">"#,
            #"<text x="8" y="20">Through the agent, as a multiple of a direct client (\#(self.results.date))</text>"#,
        ]
        for (index, row) in rows.enumerated() {
            let y = Double(index + 1) * Self.rowHeight + 8
            let length = row.ratio / most * Self.barWidth
            lines.append(#"<text x="8" y="\#(y + 15)">\#(row.name)</text>"#)
            lines.append(
                #"<rect x="\#(Self.labelWidth)" y="\#(y + 2)" width="\#(String(format: "%.1f", length))" height="18" "#
                    + #"fill="steelblue"/>"#
            )
            let x = String(format: "%.1f", Self.labelWidth + length + 6)
            lines.append(#"<text x="\#(x)" y="\#(y + 15)">\#(String(format: "%.1f", row.ratio)) ×</text>"#)
        }
        lines.append("</svg>\n")
        return lines.joined(separator: "\n")
    }

    /// How much longer it takes; of a rate the inverse.
    private static func cost(of figure: Results.Figure) -> Double {
        let ratio = median(figure.values) / median(figure.direct)
        return figure.unit.hasSuffix("/s") ? 1 / ratio : ratio
    }
}
