import Base
package import ContainerChecks
import ContainerWatch
import NIOCore
import Policy

/// `/api/v1/findings`: which containers are dangerous.
package struct FindingsRoutes: RouteGroup {
    private let source: FindingsSource

    package init(_ source: FindingsSource) {
        self.source = source
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "GET", path == "/api/v1/findings" else { return nil }
        let source = self.source
        return AgentRoute(
            "/api/v1/findings",
            operation: .agentFindings,
            work: { _ in
                guard let report = await source.report() else {
                    return PlainAnswer(503, "the engine has not been looked at yet; try again")
                }
                return PlainAnswer(200, contentType: "application/json", body: ByteBuffer(string: report.json.compact))
            }
        )
    }
}
