import Base
import DockerBridge
import NIOCore

/// What a client that follows `/api/v1/events` is told: what happens to containers, from now on.
///
/// Concurrency: lives on the store's event loop.
final class GenericFeed: EventSource {
    private let store: InventoryStore
    private var number: Int

    init(store: InventoryStore) {
        self.store = store
        self.number = store.eventCount
    }

    func start(_ changed: @escaping (EventBatch) -> Void) {
        _ = self.store.follow { [weak self] in
            guard let self, self.number != self.store.eventCount else { return }
            let batch = self.frames(after: self.number)
            self.number = batch.position
            changed(batch)
        }
    }

    func frames(after position: Int?) -> EventBatch {
        let events = position.map { self.store.events(after: $0) } ?? []
        return EventBatch(frames: events.map(Self.frame), position: self.store.eventCount)
    }

    /// Attributes that are the engine's own, or say nothing about the container.
    private static let hidden: Set = [
        "name", "image", "exitCode", "signal", "execID", "maintainer", "oldName", "execDuration", "driver",
        "destination", "propagation", "read/write", "org.opencontainers.image.created",
        "org.opencontainers.image.revision", "org.opencontainers.image.source", "org.opencontainers.image.title",
        "org.opencontainers.image.url", "org.opencontainers.image.version",
    ]

    private static func frame(_ event: EngineEvent) -> ByteBuffer {
        let labels = event.attributes.filter { !Self.hidden.contains($0.key) }
        let parts = event.action.split(separator: ":", maxSplits: 1)
        return EventFrame.make { json in
            json.object { json in
                json.member("ts", UnixTime(seconds: Int64(event.time / 1_000_000_000)).rfc3339)
                json.member("type", "container")
                json.member("action", String(parts.first ?? ""))
                json.member("containerId", event.containerID)
                json.member("name", event.containerName)
                json.member("image", event.image)
                // As in `health_status: healthy`.
                json.member("health", parts.count > 1 ? String(parts[1].trimmingBlanks) : nil)
                if !labels.isEmpty {
                    json.object("labels") { json in
                        for label in labels { json.member(named: label.key, label.value) }
                    }
                }
            }
        }
    }
}
