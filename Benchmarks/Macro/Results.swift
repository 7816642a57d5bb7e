import Foundation

/// The figures of one run, by name, a value for each round.
struct Results: Codable {
    var date: String
    var commit: String
    var rounds: Int
    var figures: [Figure] = []

    struct Figure: Codable {
        var name: String
        var unit: String
        /// The agent's, and those of a direct client on the engine's socket where there is such a thing.
        var values: [Double]
        var direct: [Double]
    }

    mutating func add(_ name: String, _ unit: String, _ value: Double, direct: Double? = nil) {
        if !self.figures.contains(where: { $0.name == name }) {
            self.figures.append(Figure(name: name, unit: unit, values: [], direct: []))
        }
        let index = self.figures.firstIndex { $0.name == name }!
        self.figures[index].values.append(value)
        if let direct { self.figures[index].direct.append(direct) }
    }

    /// A Markdown table of medians.
    var table: String {
        var lines = ["| Workload | Unit | Agent | Direct | Ratio |", "|---|---|---|---|---|"]
        for figure in self.figures {
            let agent = median(figure.values)
            let direct = figure.direct.isEmpty ? nil : median(figure.direct)
            let ratio = direct.map { text(agent / $0) } ?? ""
            lines.append("| \(figure.name) | \(figure.unit) | \(text(agent)) | \(direct.map(text) ?? "") | \(ratio) |")
        }
        return lines.joined(separator: "\n")
    }
}

private func text(_ value: Double) -> String {
    String(format: value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value)
}

func median(_ values: [Double]) -> Double { quantile(values, 0.5) }

func quantile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    return sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)]
}
