import Base
package import DockerBridge
package import Drydock
package import NIOCore
import Policy

/// What a Drydock asks an agent that it reaches directly: `/api/…`.
package struct DrydockRoutes: RouteGroup {
    private let list: ContainerList
    private let events: EventBroadcast
    private let isReadOnly: @Sendable () -> Bool

    /// Must be called on the store's event loop.
    ///
    /// - Parameters:
    ///   - object: how a container is written.
    ///   - isReadOnly: whether the controller is not invited to scan and update through the agent; asked for each answer.
    package init(
        store: NIOLoopBound<InventoryStore>,
        object: ContainerObject,
        facts: AgentFacts,
        isReadOnly: @escaping @Sendable () -> Bool
    ) {
        self.isReadOnly = isReadOnly
        self.list = ContainerList(store, write: object.writeArray)
        self.events = EventBroadcast(
            DrydockFeed(store: store.value, object: object, facts: facts, isReadOnly: isReadOnly),
            on: store.eventLoop
        )
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard path.hasPrefix("/api/") else { return nil }
        // No route has more than five parts.
        let parts = path.dropFirst("/api/".count)
            .split(separator: "/", maxSplits: 5, omittingEmptySubsequences: false)
        switch (method, parts.count, parts[0]) {
        case ("GET", 1, "events"): return self.eventStream
        case ("GET", 1, "containers"): return .list("/api/containers", self.list)
        case ("GET", 3, "containers") where parts[2] == "logs":
            return AgentRoute("/api/containers/{id}/logs") { ContainerLog.send(parts[1], $0, to: $1) }
        case ("DELETE", 2, "containers"):
            return AgentRoute("/api/containers/{id}") { ContainerRemoval.perform(parts[1], answer: $1) }
        case ("GET", 1, "watchers"): return self.watchers
        case ("GET", 3, "watchers"): return self.watcher(parts[1], parts[2])
        case ("GET", 1, "triggers"): return .json("/api/triggers", "[]")
        case ("GET", 2, "log") where parts[1] == "entries": return .json("/api/log/entries", "[]")
        case ("POST", 3, "watchers"): return Self.leftToTheController("/api/watchers/{type}/{name}")
        case ("POST", 5, "watchers") where parts[3] == "container":
            return Self.leftToTheController("/api/watchers/{type}/{name}/container/{id}")
        case ("POST", 3, "triggers"): return Self.leftToTheController("/api/triggers/{type}/{name}")
        case ("POST", 4, "triggers") where parts[3] == "batch":
            return Self.leftToTheController("/api/triggers/{type}/{name}/batch")
        default: return nil
        }
    }

    private var eventStream: AgentRoute {
        AgentRoute("/api/events", operation: .containersList) { _, answer in
            guard answer.beginEvents() else { return }
            self.events.subscribe(answer)
        }
    }

    private var watchers: AgentRoute {
        var body = ByteBuffer()
        body.writeJSON { json in
            json.array { WatcherDescriptor.write(isReadOnly: self.isReadOnly(), into: &$0) }
        }
        return .json("/api/watchers", body)
    }

    private func watcher(_ type: Substring, _ name: Substring) -> AgentRoute {
        let route: StaticString = "/api/watchers/{type}/{name}"
        guard type.lowercased() == WatcherDescriptor.type, name.lowercased() == WatcherDescriptor.name else {
            return AgentRoute(route) { $1.send(PlainAnswer(404, "watcher \(type)/\(name) not found")) }
        }
        var body = ByteBuffer()
        body.writeJSON { WatcherDescriptor.write(isReadOnly: self.isReadOnly(), into: &$0) }
        return .json(route, body)
    }

    /// Asking registries and updating is what the controller does itself, through the proxied engine.
    private static func leftToTheController(_ route: StaticString) -> AgentRoute {
        AgentRoute(route) { _, answer in
            let text = """
                {"error":"not implemented in v1.0","message":"registry checking is performed by the Drydock controller"}
                """
            answer.send(PlainAnswer(501, contentType: "application/json", body: ByteBuffer(string: text)))
        }
    }
}
