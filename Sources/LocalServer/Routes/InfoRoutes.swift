/// Who the agent is: `/_lookout/info`.
struct InfoRoutes: RouteGroup {
    let health: AgentHealth
    let info: AgentInfo

    func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "GET", path == "/_lookout/info" else { return nil }
        let (health, info) = (self.health, self.info)
        return AgentRoute("/_lookout/info") { _ in
            let uptime = health.startedAt.duration(to: .now)
            let body = await info.json(version: health.version, mode: health.mode, uptime: uptime)
            return PlainAnswer(200, contentType: "application/json", body: body)
        }
    }
}
