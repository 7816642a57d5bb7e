import Base
package import DockerBridge
import Drydock
package import NIOCore
import Policy

/// The interface for controllers that are no Drydock: `/api/v1/…`.
package struct GenericRoutes: RouteGroup {
    private let version: String
    private let list: ContainerList
    private let events: EventBroadcast

    /// Must be called on the store's event loop.
    package init(store: NIOLoopBound<InventoryStore>, version: String) {
        self.version = version
        self.list = ContainerList(store) { records, json in
            let records = records.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
            json.array { json in
                for record in records { FlatContainerObject.write(record, into: &json) }
            }
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
        let body = ByteBuffer(jsonObject: { json in
            json.member("agentVersion", self.version)
            json.member("protocolName", "lookout")
            json.member("protocolVersion", "1.0")
            json.member("adapter", "generic")
        })
        return .json("/api/v1/version", body)
    }

    private var eventStream: AgentRoute {
        AgentRoute("/api/v1/events", operation: .containersList) { _, answer in
            guard answer.beginEvents() else { return }
            self.events.subscribe(answer)
        }
    }
}
