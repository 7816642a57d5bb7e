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
        return EventFrame.make { buffer in
            var object = JSONObjectWriter(&buffer)
            object.write("ts", UnixTime(seconds: Int64(event.time / 1_000_000_000)).rfc3339, into: &buffer)
            object.write("type", "container", into: &buffer)
            object.write("action", String(parts.first ?? ""), into: &buffer)
            object.write("containerId", event.containerID, into: &buffer)
            object.write("name", event.containerName, into: &buffer)
            object.write("image", event.image, into: &buffer)
            // As in `health_status: healthy`.
            object.write("health", parts.count > 1 ? String(parts[1].trimmingBlanks) : nil, into: &buffer)
            if !labels.isEmpty {
                object.key("labels", into: &buffer)
                var members = JSONObjectWriter(&buffer)
                for label in labels { members.write(label.key, label.value, into: &buffer) }
                members.end(&buffer)
            }
            object.end(&buffer)
        }
    }
}
