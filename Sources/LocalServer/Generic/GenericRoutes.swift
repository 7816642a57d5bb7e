package import DockerBridge
package import NIOCore

/// The interface for controllers that are no Drydock: `/api/v1/…`.
package struct GenericRoutes: RouteGroup {
    private let version: String
    private let list: ContainerList
    private let events: EventBroadcast

    /// Must be called on the store's event loop.
    package init(store: NIOLoopBound<InventoryStore>, version: String) {
        self.version = version
        self.list = ContainerList(store) { records, buffer in
            let records = records.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
            records.writeArray(into: &buffer) { FlatContainerObject.write($0, into: &$1) }
        }
        self.events = EventBroadcast(GenericFeed(store: store.value), on: store.eventLoop)
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "GET", path.hasPrefix("/api/v1/") else { return nil }
        // No route has more than three parts.
        let parts = path.dropFirst("/api/v1/".count)
            .split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        switch (parts.count, parts[0]) {
        case (1, "version"): return self.versions
        case (1, "containers"): return .list("/api/v1/containers", self.list)
        case (3, "containers") where parts[2] == "logs":
            return AgentRoute("/api/v1/containers/{id}/logs") { ContainerLog.send(parts[1], $0, to: $1) }
        case (1, "events"): return self.eventStream
        default: return nil
        }
    }

    private var versions: AgentRoute {
        var body = ByteBuffer()
        var object = JSONObjectWriter(&body)
        object.write("agentVersion", self.version, into: &body)
        object.write("protocolName", "lookout", into: &body)
        object.write("protocolVersion", "1.0", into: &body)
        object.write("adapter", "generic", into: &body)
        object.end(&body)
        return .json("/api/v1/version", body)
    }

    private var eventStream: AgentRoute {
        AgentRoute("/api/v1/events") { _, answer in
            guard answer.beginEvents() else { return }
            self.events.subscribe(answer)
        }
    }
}
