import Base
import DockerBridge
import NIOCore

/// What a Drydock that follows `/api/events` is told: first who we are and everything there is, then every change, and
/// everything again after each poll, because a controller deletes what a snapshot does not hold.
///
/// Concurrency: lives on the store's event loop.
final class DrydockFeed: EventSource {
    private let store: InventoryStore
    private let object: ContainerObject
    private let facts: AgentFacts
    private let isReadOnly: Bool
    private var revision: Int?
    private var looks = 0
    private var position = 0
    /// Subscribers that come while nothing changes share the bytes of one snapshot: of 5,000 containers it has 8 MiB.
    private var lastSnapshot: (revision: Int, frame: ByteBuffer)?

    init(store: InventoryStore, object: ContainerObject, facts: AgentFacts, isReadOnly: Bool) {
        self.store = store
        self.object = object
        self.facts = facts
        self.isReadOnly = isReadOnly
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

    private func container(_ type: StaticString, _ record: ContainerRecord) -> ByteBuffer {
        EventFrame.make(type) { self.object.write(record, withDetails: true, into: &$0) }
    }

    private func removed(_ container: ContainerName) -> ByteBuffer {
        EventFrame.make("dd:container-removed") { buffer in
            var data = JSONObjectWriter(&buffer)
            data.write("id", container.id, into: &buffer)
            data.write("name", container.name, into: &buffer)
            data.end(&buffer)
        }
    }

    private func snapshot() -> ByteBuffer {
        let revision = self.store.inventory.revision
        if let lastSnapshot, lastSnapshot.revision == revision { return lastSnapshot.frame }
        let frame = self.makeSnapshot()
        self.lastSnapshot = (revision, frame)
        return frame
    }

    private func makeSnapshot() -> ByteBuffer {
        EventFrame.make("dd:watcher-snapshot") { buffer in
            buffer.writeStaticString(#"{"watcher":"#)
            WatcherDescriptor.write(isReadOnly: self.isReadOnly, into: &buffer)
            buffer.writeStaticString(#","containers":"#)
            self.store.inventory.records.writeArray(as: self.object, into: &buffer)
            buffer.writeStaticString("}")
        }
    }

    private func acknowledgement() -> ByteBuffer {
        let records = self.store.inventory.records
        let running = records.count { $0.status == .running }
        return EventFrame.make("dd:ack") { buffer in
            var data = JSONObjectWriter(&buffer)
            data.write("version", self.facts.version, into: &buffer)
            data.write("os", "linux", into: &buffer)
            data.write("arch", self.facts.architecture, into: &buffer)
            data.write("cpus", self.facts.processors, into: &buffer)
            data.key("memoryGb", into: &buffer)
            let tenths = self.facts.memory / (1 << 30) * 10 + self.facts.memory % (1 << 30) * 10 / (1 << 30)
            buffer.writeString("\(tenths / 10).\(tenths % 10)")
            data.write("uptimeSeconds", Int(self.facts.startedAt.duration(to: .now).seconds), into: &buffer)
            data.write("lastSeen", UnixTime(seconds: self.facts.now()).rfc3339, into: &buffer)
            data.key("containers", into: &buffer)
            var containers = JSONObjectWriter(&buffer)
            containers.write("total", records.count, into: &buffer)
            containers.write("running", running, into: &buffer)
            containers.write("stopped", records.count - running, into: &buffer)
            containers.end(&buffer)
            data.write("images", Set(records.map(\.imageID)).count, into: &buffer)
            data.write("logLevel", self.facts.logLevel, into: &buffer)
            data.write("pollInterval", "\(self.facts.pollIntervalSeconds)s", into: &buffer)
            data.end(&buffer)
        }
    }
}

extension [ContainerRecord] {
    func writeArray(as object: ContainerObject, into buffer: inout ByteBuffer) {
        self.writeArray(into: &buffer) { object.write($0, withDetails: true, into: &$1) }
    }

    func writeArray(into buffer: inout ByteBuffer, _ write: (ContainerRecord, inout ByteBuffer) -> Void) {
        buffer.writeStaticString("[")
        for (index, record) in self.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            write(record, &buffer)
        }
        buffer.writeStaticString("]")
    }
}
