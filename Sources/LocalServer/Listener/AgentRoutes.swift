import DockerBridge
import NIOCore

/// Answers the listener's own routes.
struct AgentRoutes: Sendable {
    let operations: OperationsRoutes
    let info: AgentInfo

    func answer(_ route: AgentRoute, method: String) async -> OperationsRoutes.Answer {
        switch route {
        case .operations(let path):
            return await self.operations.answer(method: method, path: path)
        case .info:
            let health = self.operations.health
            let body = await self.info.json(
                version: health.version,
                mode: health.mode,
                uptime: health.startedAt.duration(to: .now)
            )
            return OperationsRoutes.Answer(status: 200, contentType: "application/json", body: body)
        }
    }
}
