import DockerBridge

/// Looks at what the engine, or a socket filter before it, answers.
struct EngineCheck {
    /// The oldest engine that is tested is 20.10, which speaks 1.41.
    private static let oldestAPI = (major: 1, minor: 41)

    /// Small requests that change nothing, one for each thing that a controller does.
    private static let endpoints: [(what: String, method: String, path: String)] = [
        ("list containers", "GET", "/containers/json?limit=1"), ("host information", "GET", "/info"),
        ("list images", "GET", "/images/json"), ("list networks", "GET", "/networks"),
        ("list volumes", "GET", "/volumes"), ("events", "GET", "/events?since=1&until=1"),
        ("container logs", "GET", "/containers/lookout-doctor-none/logs?stdout=1"),
        ("exec", "POST", "/containers/lookout-doctor-none/exec"),
        ("start and stop", "POST", "/containers/lookout-doctor-none/stop"),
        ("delete", "DELETE", "/containers/lookout-doctor-none"),
    ]

    let engine: EngineAPI

    func run() async -> [Check] {
        let version: CollectedResponse
        do {
            version = try await self.engine.send("GET", "/version")
        } catch {
            return [.bad("engine", "it does not answer: \(error)")]
        }
        guard version.isSuccess, let api = JSONMember.text("ApiVersion", of: version.body) else {
            return [
                .bad(
                    "engine",
                    "GET /version was answered with HTTP \(version.status); a socket filter must let it pass"
                )
            ]
        }
        let name = JSONMember.text("Version", of: version.body) ?? "unknown"
        let oldest = JSONMember.text("MinAPIVersion", of: version.body) ?? api
        var checks = [Self.judge(version: name, api: api, oldest: oldest)]
        checks.append(await self.filter())
        if let others = await self.otherAgents() { checks.append(others) }
        return checks
    }

    /// A list that cannot be had, or is too long for a small answer, is no fault of this host's.
    private func otherAgents() async -> Check? {
        guard let answer = try? await self.engine.send("GET", "/containers/json"), answer.isSuccess else { return nil }
        return AgentContainers(in: answer.body)?
            .check(hostname: HostFiles.real.hostname(), isInContainer: SocketCheck.isInContainer)
    }

    static func judge(version: String, api: String, oldest: String) -> Check {
        let parts = api.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 2, (parts[0], parts[1]) >= Self.oldestAPI else {
            return .bad(
                "engine",
                "engine \(version) speaks API \(api); the oldest that is supported is "
                    + "\(Self.oldestAPI.major).\(Self.oldestAPI.minor) (Docker 20.10): upgrade the engine"
            )
        }
        return .good("engine", "engine \(version), API \(oldest) to \(api)")
    }

    /// A filter answers 403 where an engine says 404 for a container that does not exist.
    private func filter() async -> Check {
        var refused: [String] = []
        for (what, method, path) in Self.endpoints {
            let answer = try? await self.engine.send(method, path, body: method == "POST" ? #"{"Cmd":["true"]}"# : nil)
            if let answer, ![401, 403, 405].contains(answer.status) { continue }
            refused.append("\(what) (\(method) \(path.prefix { $0 != "?" }))")
        }
        if refused.isEmpty { return .good("socket filter", "nothing that a controller needs is refused") }
        return .bad(
            "socket filter",
            "these are refused: \(refused.joined(separator: ", ")); allow them in the filter, or live without them"
        )
    }
}
