import Base
import DockerBridge
import NIOCore

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

/// What `/_lookout/info` tells; the wiring fills it.
package struct AgentInfo: Sendable {
    package var hostname: String
    package var agentID: String
    package var agentName: String
    /// What this agent offers beside the proxied engine.
    package var capabilities: [String]
    /// `nil` when the engine does not answer.
    package var engineVersion: @Sendable () async -> String?

    package init(
        hostname: String,
        agentID: String,
        agentName: String,
        capabilities: [String],
        engineVersion: @escaping @Sendable () async -> String?
    ) {
        self.hostname = hostname
        self.agentID = agentID
        self.agentName = agentName
        self.capabilities = capabilities
        self.engineVersion = engineVersion
    }

    func json(version: String, mode: AgentHealth.Mode, uptime: Duration) async -> ByteBuffer {
        let engineVersion = await self.engineVersion() ?? "unknown"
        var body = ByteBuffer(jsonObject: { json in
            json.member("version", version)
            json.member("dockerVersion", engineVersion)
            json.member("mode", mode.rawValue)
            json.member("uptime", Self.text(uptime))
            json.member("hostname", self.hostname)
            json.member("agentId", self.agentID)
            json.member("agentName", self.agentName)
            json.array("capabilities", of: self.capabilities)
        })
        body.writeString("\n")
        return body
    }

    /// As in `2h34m56.789s`: hours and minutes only when there are any.
    static func text(_ uptime: Duration) -> String {
        let (seconds, attoseconds) = uptime.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        let padding = String(repeating: "0", count: 3 - "\(milliseconds)".count)
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return (hours > 0 ? "\(hours)h" : "") + (hours > 0 || minutes > 0 ? "\(minutes)m" : "")
            + "\(seconds % 60).\(padding)\(milliseconds)s"
    }
}

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
