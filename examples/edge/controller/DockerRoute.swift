import NIOHTTP1

/// Where a Docker request goes: through the tunnel as it is, into an exec session, or nowhere.
enum DockerRoute: Equatable {
    case forward(isStream: Bool)
    /// Forwarded like any other, but the client wants to see the head of the answer before there is one.
    case wait(container: String)
    /// Statistics that go on.
    case stats(path: String)
    case createExec(container: String)
    case startExec(String)
    case resizeExec(String)
    case inspectExec(String)
    /// The controller's own: what the agent has told of its host.
    case picture
    /// The controller's own: what a Drydock asks of an agent's adapter.
    case adapter(AdapterCall.Kind, container: String)
    /// The tunnel has no way to carry it; the text says why.
    case refuse(String)

    init(_ request: DockerRequest) {
        let path = String(request.target.prefix { $0 != "?" })
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        switch (request.method, parts.first, parts.count, parts.last) {
        case (.POST, "containers", 3, "exec"): self = .createExec(container: parts[1])
        case (.POST, "exec", 3, "start"): self = .startExec(parts[1])
        case (.POST, "exec", 3, "resize"): self = .resizeExec(parts[1])
        case (.GET, "exec", 3, "json"): self = .inspectExec(parts[1])
        case (.POST, "containers", 3, "wait"): self = .wait(container: parts[1])
        // Refused here and not at the attach that follows, which would leave the container behind.
        case (.POST, "containers", 2, "create") where request.willAttach:
            self = .refuse(
                "the tunnel cannot carry attach, and a create of docker looks like a run in the foreground; use docker run --detach"
            )
        case (.GET, "_controller", 2, "picture"): self = .picture
        case (.GET, "_controller", 2, "logs"):
            let kind = request.parameter("follow") == "1" ? AdapterCall.Kind.liveLog : .log
            self = .adapter(kind, container: request.parameter("container") ?? "")
        case (.POST, "_controller", 2, "delete"):
            self = .adapter(.delete, container: request.parameter("container") ?? "")
        case (_, _, _, "attach"), (.GET, "containers", 4, "ws"):
            self = .refuse("the tunnel cannot carry attach; use logs and exec, or run with --detach")
        case (.GET, "containers", 3, "stats") where request.wantsEndlessStats: self = .stats(path: path)
        case (.POST, "session", 1, _), (.POST, "grpc", 1, _):
            self = .refuse("the tunnel cannot carry a build, which needs an upgraded connection")
        case (.POST, "_lookout", 2, "compose"), (.POST, "_portwing", 2, "compose"):
            self = .forward(isStream: request.wantsLines)
        // An upgrade that is only offered, as some clients offer HTTP/2 with every request, may be ignored.
        default: self = .forward(isStream: Self.isStream(path))
        }
    }

    /// The paths that both ends of the tunnel must agree on.
    static func isStream(_ path: String) -> Bool {
        ["/logs", "/attach", "/events", "/build", "/images/create", "/images/push"].contains { path.hasSuffix($0) }
            || (path.contains("/exec/") && path.hasSuffix("/start"))
    }
}

extension DockerRequest {
    /// The value of a query parameter, not decoded: the ones that matter here are numbers and booleans.
    func parameter(_ name: String) -> String? {
        let query = self.target.drop { $0 != "?" }.dropFirst()
        let pair = query.split(separator: "&").last { $0.prefix { $0 != "=" } == name }
        return pair.map { String($0.drop { $0 != "=" }.dropFirst()) }
    }

    /// Whether a container is created for a client that will attach to it, or may do so: a `docker run` in the foreground and a
    /// `docker create` send the same. Compose and docker-py ask for output that they do not attach for.
    fileprivate var willAttach: Bool {
        guard let settings = try? JSONMembers(object: self.body) else { return false }
        let names = self.isOfDockerCommand ? ["AttachStdin", "AttachStdout", "AttachStderr"] : ["AttachStdin"]
        return names.contains { settings.decoded($0, as: Bool.self) ?? false }
    }

    /// Programs that use the command's code, such as Compose until 2024, have its name without a version.
    private var isOfDockerCommand: Bool {
        let agent = self.headers.first(name: "user-agent") ?? ""
        return agent.hasPrefix("Docker-Client/") && !agent.hasPrefix("Docker-Client/unknown-version")
    }

    /// Whether the agent is to tell the progress of a Compose operation line by line.
    fileprivate var wantsLines: Bool {
        self.headers[canonicalForm: "accept"].contains { $0.lowercased().contains("application/x-ndjson") }
    }

    fileprivate var wantsEndlessStats: Bool {
        // Docker's own list of what counts as false; without the parameter it streams.
        guard let stream = self.parameter("stream") else { return true }
        return !["", "0", "no", "false", "none"].contains(stream.lowercased())
    }
}
