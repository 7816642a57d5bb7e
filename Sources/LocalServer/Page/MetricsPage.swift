import Base
import DockerBridge
package import NIOCore
import Policy

/// A page of metrics in Prometheus' text format 0.0.4.
package struct MetricsPage {
    /// How the values of a family are to be read.
    package enum Kind: String {
        case gauge, counter, histogram
    }

    package typealias Label = (name: String, value: String)

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ByteBuffer()
    private var family = ""

    package init() {}

    /// Begins a family; its samples follow.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.family = name
        self.text.writeString("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    }

    package mutating func sample(_ value: Int, _ labels: [Label] = [], suffix: String = "") {
        self.write(String(value), labels, suffix)
    }

    package mutating func sample(_ value: Double, _ labels: [Label] = [], suffix: String = "") {
        self.write("\(value)", labels, suffix)
    }

    /// A family of one sample without labels.
    package mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        self.family(name, kind, help)
        self.sample(value)
    }

    package mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        self.family(name, kind, help)
        self.sample(value)
    }

    private mutating func write(_ value: String, _ labels: [Label], _ suffix: String) {
        self.text.writeString(self.family + suffix)
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
            self.text.writeString("{\(pairs.joined(separator: ","))}")
        }
        self.text.writeString(" \(value)\n")
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 || $0 == 0x0a }) else { return value }
        return value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

/// Some families that belong together.
package protocol MetricsSource: Sendable {
    func write(to page: inout MetricsPage) async
}

/// All that the agent measures, gathered when a client asks.
package struct Metrics: Sendable {
    private let sources: [any MetricsSource]

    package init(_ sources: [any MetricsSource]) {
        self.sources = sources
    }

    package func text() async -> ByteBuffer {
        var page = MetricsPage()
        for source in self.sources { await source.write(to: &page) }
        return page.text
    }
}

/// The page of metrics, under its own name and under the one that everybody expects.
package struct MetricsRoutes: RouteGroup {
    private let metrics: Metrics

    package init(metrics: Metrics) {
        self.metrics = metrics
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "GET" else { return nil }
        switch path {
        case "/metrics": return self.page("/metrics")
        case "/_lookout/metrics": return self.page("/_lookout/metrics")
        default: return nil
        }
    }

    private func page(_ name: StaticString) -> AgentRoute {
        let metrics = self.metrics
        return AgentRoute(name, operation: .agentMetrics) { _ in
            PlainAnswer(200, contentType: MetricsPage.contentType, body: await metrics.text())
        }
    }
}
