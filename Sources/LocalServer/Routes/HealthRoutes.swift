/// Is the agent alive, is it ready: for probes, without a credential.
struct HealthRoutes: RouteGroup {
    let operations: OperationsRoutes

    func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "GET" else { return nil }
        switch path {
        case "/health": return self.probe("/health")
        case "/ready": return self.probe("/ready")
        case "/_lookout/health": return self.probe("/_lookout/health")
        default: return nil
        }
    }

    private func probe(_ path: StaticString) -> AgentRoute {
        let operations = self.operations
        return AgentRoute(path, isPublic: true) { request in
            let answer = await operations.answer(method: request.method, path: request.path)
            return PlainAnswer(answer.status, contentType: answer.contentType, body: answer.body)
        }
    }
}
