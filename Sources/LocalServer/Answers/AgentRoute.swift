import NIOCore

/// One of the agent's own routes, as found for a request.
package struct AgentRoute {
    /// How it stands in metrics and in `docs/openapi.yaml`: `/api/containers/{id}/logs`.
    let name: StaticString
    /// No credential is asked for.
    let isPublic: Bool
    /// A page of another origin is refused even where it has a credential.
    let checksOrigin: Bool
    /// A longer body is answered with 413.
    let maximumBodyBytes: Int
    /// It may take longer to begin than other routes, because its work has a limit of its own.
    let limitsItself: Bool
    /// Called on the connection's event loop, once the body is there. It must say something on the stream, now or later.
    let answer: (AgentRequest, AnswerStream) -> Void

    private static let usualBodyBytes = 64 << 10

    init(
        _ name: StaticString,
        isPublic: Bool = false,
        checksOrigin: Bool = false,
        maximumBodyBytes: Int = usualBodyBytes,
        limitsItself: Bool = false,
        answer: @escaping (AgentRequest, AnswerStream) -> Void
    ) {
        self.name = name
        self.isPublic = isPublic
        self.checksOrigin = checksOrigin
        self.maximumBodyBytes = maximumBodyBytes
        self.limitsItself = limitsItself
        self.answer = answer
    }

    /// A route whose answer is one piece that is made elsewhere, by a task that is cancelled when the client leaves.
    init(
        _ name: StaticString,
        isPublic: Bool = false,
        checksOrigin: Bool = false,
        maximumBodyBytes: Int = usualBodyBytes,
        work: @escaping @Sendable (AgentRequest) async -> PlainAnswer
    ) {
        self.init(
            name,
            isPublic: isPublic,
            checksOrigin: checksOrigin,
            maximumBodyBytes: maximumBodyBytes
        ) { request, answer in
            let eventLoop = answer.eventLoop
            let bound = NIOLoopBound(answer, eventLoop: eventLoop)
            let task = Task {
                let made = await work(request)
                eventLoop.execute { bound.value.send(made) }
            }
            answer.whenGone = { task.cancel() }
        }
    }
}

/// Some routes that belong together.
package protocol RouteGroup: Sendable {
    /// - Returns: `nil` for what is none of them; a wrong method too, unless the group says otherwise.
    func route(_ method: String, _ path: Substring) -> AgentRoute?
}

/// What the listener answers itself. Everything else is the engine's.
struct AgentRoutes: Sendable {
    let groups: [any RouteGroup]
    /// `/_lookout`, `/api`, `/health`, `/metrics`, `/ready`.
    private static let firstLetters = Set("_ahmr".utf8)

    func find(_ head: RequestHead) -> AgentRoute? {
        let path = head.path
        // Most requests are the engine's and should not pay for our table.
        guard path.utf8.dropFirst().first.map(Self.firstLetters.contains) ?? false else { return nil }
        let method = head.isHead ? "GET" : head.method
        for group in self.groups {
            if let route = group.route(method, path) { return route }
        }
        return nil
    }
}
