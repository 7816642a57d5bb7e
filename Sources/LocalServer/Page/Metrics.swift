package import NIOCore

/// All that the agent measures, gathered when somebody asks.
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
        return AgentRoute(name) { _ in
            PlainAnswer(200, contentType: MetricsPage.contentType, body: await metrics.text())
        }
    }
}
