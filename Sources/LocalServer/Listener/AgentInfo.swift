import DockerBridge
import NIOCore

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
        let members = [
            ("version", version),
            ("dockerVersion", await self.engineVersion() ?? "unknown"),
            ("mode", mode.rawValue),
            ("uptime", Self.text(uptime)),
            ("hostname", self.hostname),
            ("agentId", self.agentID),
            ("agentName", self.agentName),
        ]
        var body = ByteBuffer(string: "{")
        for (name, value) in members {
            body.writeString("\"\(name)\":")
            body.writeJSONString(value)
            body.writeString(",")
        }
        body.writeString("\"capabilities\":[")
        for (index, capability) in self.capabilities.enumerated() {
            if index > 0 { body.writeString(",") }
            body.writeJSONString(capability)
        }
        body.writeString("]}\n")
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
