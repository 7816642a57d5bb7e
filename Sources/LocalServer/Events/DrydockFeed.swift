import Base
import DockerBridge
import Drydock
import NIOCore

/// What a Drydock that follows `/api/events` is told: first who we are and everything there is, then every change, and
/// everything again after each poll, because a controller deletes what a snapshot does not hold.
///
/// Concurrency: lives on the store's event loop.
final class DrydockFeed: EventSource {
    private let store: InventoryStore
    private let object: ContainerObject
    private let facts: AgentFacts
    /// Whether the controller is not invited to scan and update.
    private let isReadOnly: @Sendable () -> Bool
    /// As subscribers were told.
    private var toldReadOnly: Bool
    private var revision: Int?
    private var looks = 0
    private var position = 0
    /// Subscribers that come while nothing changes share the bytes of one snapshot: of 5,000 containers it has 8 MiB.
    private var lastSnapshot: (revision: Int, isReadOnly: Bool, frame: ByteBuffer)?

    init(store: InventoryStore, object: ContainerObject, facts: AgentFacts, isReadOnly: @escaping @Sendable () -> Bool)
    {
        self.store = store
        self.object = object
        self.facts = facts
        self.isReadOnly = isReadOnly
        self.toldReadOnly = isReadOnly()
    }

    func start(_ changed: @escaping (EventBatch) -> Void) {
        _ = self.store.follow { [weak self] in
            if let batch = self?.changes() { changed(batch) }
        }
    }

    /// Before the first inventory there is no snapshot to give: an incomplete one would delete what it lacks.
    func frames(after position: Int?) -> EventBatch {
        var frames = position == nil ? [self.acknowledgement()] : []
        if self.store.inventory.isComplete, position != self.position { frames.append(self.snapshot()) }
        return EventBatch(frames: frames, position: self.position)
    }

    private func changes() -> EventBatch? {
        let inventory = self.store.inventory
        guard inventory.isComplete else { return nil }
        var frames: [ByteBuffer] = []
        var needsSnapshot = exchange(&self.looks, with: inventory.looks) != inventory.looks
        let isReadOnly = self.isReadOnly()
        if exchange(&self.toldReadOnly, with: isReadOnly) != isReadOnly { needsSnapshot = true }
        if self.revision != inventory.revision {
            switch inventory.changes(since: self.revision) {
            case .everything: needsSnapshot = true
            case .some(let added, let updated, let removed):
                frames += added.map { self.container("dd:container-added", $0) }
                frames += updated.map { self.container("dd:container-updated", $0.record) }
                frames += removed.map(self.removed)
            }
            self.revision = inventory.revision
        }
        if needsSnapshot { frames.append(self.snapshot()) }
        guard !frames.isEmpty else { return nil }
        self.position += 1
        return EventBatch(frames: frames, position: self.position)
    }

    private func container(_ type: String, _ record: ContainerRecord) -> ByteBuffer {
        EventFrame.make(type) { self.object.write(record, withDetails: true, into: &$0) }
    }

    private func removed(_ container: ContainerName) -> ByteBuffer {
        EventFrame.make("dd:container-removed") { json in json.object { container.write(into: &$0) } }
    }

    private func snapshot() -> ByteBuffer {
        let revision = self.store.inventory.revision
        let isReadOnly = self.isReadOnly()
        if let lastSnapshot, lastSnapshot.revision == revision, lastSnapshot.isReadOnly == isReadOnly {
            return lastSnapshot.frame
        }
        let frame = self.makeSnapshot(isReadOnly: isReadOnly)
        self.lastSnapshot = (revision, isReadOnly, frame)
        return frame
    }

    private func makeSnapshot(isReadOnly: Bool) -> ByteBuffer {
        EventFrame.make("dd:watcher-snapshot") { json in
            WatcherDescriptor.writeSnapshot(
                self.store.inventory.records,
                as: self.object,
                isReadOnly: isReadOnly,
                into: &json
            )
        }
    }

    private func acknowledgement() -> ByteBuffer {
        EventFrame.make("dd:ack") { self.facts.write(self.store.inventory.records, into: &$0) }
    }
}
