import DequeModule
import DockerBridge
import Logging
import NIOCore

/// Tells one session's controller what is on this host: components, all containers, the host's figures, then every change
/// and new figures at each heartbeat.
///
/// It asks the inventory whenever the lanes have room, so a slow link does not gather frames: what changed twice
/// meanwhile is told once.
///
/// Concurrency: lives on the tunnel's event loop.
final class StateFeed: OutboxClient {
    private enum Item {
        case sync([ContainerRecord])
        case added(ContainerRecord)
        case updated(InventoryChanges.Update)
        case removed(ContainerName)
        case event(EngineEvent)
        case metrics(HostFigures)
    }

    private let outbox: Outbox
    private let slot: Lanes.Slot
    private let store: InventoryStore
    private let object: ContainerObject
    private let frameLimit: Int
    private let meter: HostMeter?
    private let logger: Logger
    private var follower: Int?
    private var items: Deque<Item> = []
    /// What the controller knows; `nil` before the first sync.
    private var revision: Int?
    private var eventNumber: Int

    init(
        outbox: Outbox,
        store: InventoryStore,
        object: ContainerObject,
        isReadOnly: Bool,
        frameLimit: Int = StateFrames.limit,
        meter: HostMeter? = nil,
        logger: Logger
    ) {
        self.outbox = outbox
        self.slot = outbox.open(.bulk)
        self.store = store
        self.object = object
        self.frameLimit = frameLimit
        self.meter = meter
        self.logger = logger
        self.eventNumber = store.eventCount
        outbox.setClient(self, of: self.slot)
        outbox.push(StateFrames.components(isReadOnly: isReadOnly, allocator: outbox.allocator), to: self.slot)
        self.follower = store.follow { [weak self] in self?.pump() }
        self.pump()
    }

    /// Ends with the session; says nothing any more.
    func stop() {
        guard let follower else { return }
        self.follower = nil
        self.meter?.stop()
        self.store.unfollow(follower)
        self.items.removeAll()
        self.outbox.finish(self.slot)
    }

    func outboxHasRoom() {
        self.pump()
    }

    private func pump() {
        while self.follower != nil, self.outbox.isWritable(self.slot) {
            if self.items.isEmpty { self.refill() }
            guard let item = self.items.popFirst() else { return }
            self.send(item)
        }
    }

    /// An engine that has not been asked yet has no containers to tell of, which is not the same as none.
    private func refill() {
        guard self.store.inventory.isComplete else { return }
        for event in self.store.events(after: self.eventNumber) { self.items.append(.event(event)) }
        self.eventNumber = self.store.eventCount
        guard self.revision != self.store.inventory.revision else { return }
        switch self.store.inventory.changes(since: self.revision) {
        case .everything(let records, let gone):
            self.items.append(.sync(records))
            if self.revision == nil { self.meter?.start { [weak self] in self?.measured($0) } }
            // A sync without containers removes none at the controller.
            if records.isEmpty { self.items.append(contentsOf: gone.map(Item.removed)) }
        case .some(let added, let updated, let removed):
            self.items.append(contentsOf: added.map(Item.added))
            self.items.append(contentsOf: updated.map(Item.updated))
            self.items.append(contentsOf: removed.map(Item.removed))
        }
        self.revision = self.store.inventory.revision
    }

    /// Figures that have not left yet are old now.
    private func measured(_ figures: HostFigures) {
        self.items.removeAll { if case .metrics = $0 { true } else { false } }
        self.items.append(.metrics(figures))
        self.pump()
    }

    private func send(_ item: Item) {
        let allocator = self.outbox.allocator
        switch item {
        case .sync(let records): self.sync(records)
        case .added(let record):
            self.push(StateFrames.added(record, as: self.object, allocator: allocator), of: record.name)
        case .updated(let update):
            self.push(StateFrames.updated(update, as: self.object, allocator: allocator), of: update.record.name)
        case .removed(let container):
            self.push(StateFrames.removed(container, allocator: allocator), of: container.name)
        case .metrics(let figures):
            self.outbox.push(StateFrames.metrics(figures, allocator: allocator), to: self.slot)
        case .event(let event):
            self.push(StateFrames.event(event, allocator: allocator), of: event.containerName)
        }
    }

    /// What does not fit follows as added: a second sync would remove what the first one brought.
    private func sync(_ records: [ContainerRecord]) {
        var rest = records[...]
        let frame = StateFrames.sync(
            &rest,
            as: self.object,
            limit: self.frameLimit,
            allocator: self.outbox.allocator
        )
        self.outbox.push(frame, to: self.slot)
        for record in rest.reversed() { self.items.prepend(.added(record)) }
    }

    private func push(_ frame: consuming FrameBuilder, of name: String) {
        guard frame.count <= self.frameLimit else {
            self.logger.warning(
                "a container is left out of the inventory",
                metadata: ["container": "\(name)", "reason": "its \(frame.count) bytes do not fit a frame"]
            )
            return
        }
        self.outbox.push(frame, to: self.slot)
    }
}
