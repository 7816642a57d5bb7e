import Auth
import Base
import DockerBridge
import NIOCore
import Policy

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
    /// What the policy of this host is asked about before it answers; `nil` for a route that tells of the agent alone, or asks
    /// the engine by a request that is judged.
    let operation: Operation?
    /// Called on the connection's event loop, once the body is there. It must say something on the stream, now or later.
    let answer: (AgentRequest, AnswerStream) -> Void

    private static let usualBodyBytes = 64 << 10

    init(
        _ name: StaticString,
        isPublic: Bool = false,
        checksOrigin: Bool = false,
        maximumBodyBytes: Int = usualBodyBytes,
        limitsItself: Bool = false,
        operation: Operation? = nil,
        answer: @escaping (AgentRequest, AnswerStream) -> Void
    ) {
        self.name = name
        self.isPublic = isPublic
        self.checksOrigin = checksOrigin
        self.maximumBodyBytes = maximumBodyBytes
        self.limitsItself = limitsItself
        self.operation = operation
        self.answer = answer
    }

    /// A route whose answer is one piece that is made elsewhere, by a task that is cancelled when the client leaves.
    init(
        _ name: StaticString,
        isPublic: Bool = false,
        checksOrigin: Bool = false,
        maximumBodyBytes: Int = usualBodyBytes,
        operation: Operation? = nil,
        work: @escaping @Sendable (AgentRequest) async -> PlainAnswer
    ) {
        self.init(
            name,
            isPublic: isPublic,
            checksOrigin: checksOrigin,
            maximumBodyBytes: maximumBodyBytes,
            operation: operation
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

/// What one of the agent's own routes is asked.
package struct AgentRequest: Sendable {
    let method: String
    /// Without the query, as it came.
    let path: String
    /// As it came, without the question mark; `nil` where there is none.
    let query: String?
    let body: ByteBuffer
    /// `Accept`, as it came.
    let accept: String?
    /// Without those that are credentials.
    private let headers: [BridgeRequest.Header]
    /// Whom the audit trail names.
    let actor: String
    /// Who proved itself, as rules of a policy call it; `nil` for nobody.
    let identity: String?
    let client: ClientAddress
    /// How the request travelled here.
    let transport: Enrollment.Transport

    /// - Parameter isEncrypted: whether our own TLS, or that of a proxy we trust, was around it.
    init(
        _ head: RequestHead,
        body: ByteBuffer,
        actor: String,
        identity: String?,
        client: ClientAddress,
        isEncrypted: Bool
    ) {
        self.method = head.method
        self.path = String(head.path)
        self.query =
            head.target.utf8.count > self.path.utf8.count
            ? String(head.target.dropFirst(self.path.count + 1)) : nil
        self.body = body
        self.headers = head.headers
        self.accept = head.headers.first { $0.name.lowercased() == "accept" }?.value
        self.actor = actor
        self.identity = identity
        self.client = client
        let isLocal = client.address.isLoopback && !client.hasIgnoredForwarding
        self.transport = isEncrypted ? .encrypted : isLocal ? .loopback : .plain
    }

    /// The value of a header field, `name` in lower case; of one that comes several times all values, with commas.
    func field(_ name: String) -> String? {
        let values = self.headers.lazy.filter { $0.name.lowercased() == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The first value of a parameter, decoded; `nil` where it is absent or empty.
    func parameter(_ name: String) -> String? {
        for pair in (self.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.first.map({ String($0).queryDecoded }) == name else { continue }
            return parts.count > 1 ? String(parts[1]).queryDecoded : nil
        }
        return nil
    }
}

extension String {
    fileprivate var queryDecoded: String {
        self.split(separator: "+", omittingEmptySubsequences: false).joined(separator: " ").percentDecoded
    }
}

extension AgentRoute {
    /// A route that always answers the same.
    static func json(_ name: StaticString, _ body: ByteBuffer) -> AgentRoute {
        AgentRoute(name) { $1.send(PlainAnswer(200, contentType: "application/json", body: body)) }
    }

    static func json(_ name: StaticString, _ body: StaticString) -> AgentRoute {
        self.json(name, ByteBuffer(staticString: body))
    }

    static func list(_ name: StaticString, _ list: ContainerList) -> AgentRoute {
        AgentRoute(name, operation: .containersList) { _, answer in
            list.get(on: answer.eventLoop) {
                answer.send(PlainAnswer(200, contentType: "application/json", body: $0))
            }
        }
    }
}

extension AnswerStream {
    /// Begins a stream of server-sent events, and sends its head at once.
    ///
    /// - Returns: whether events may follow.
    func beginEvents() -> Bool {
        let goesOn = self.begin(
            contentType: "text/event-stream",
            // Some proxies gather what is small before they pass it on.
            fields: [("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no")],
            isEndless: true
        )
        if goesOn { self.flush() }
        return goesOn
    }
}
