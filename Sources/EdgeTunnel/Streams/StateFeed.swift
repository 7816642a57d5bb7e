import DequeModule
import DockerBridge
import Drydock
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
        case message(StateMessage)
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
    /// Whether the controller is not invited to scan and update.
    private let isReadOnly: @Sendable () -> Bool
    /// As the controller was told; `nil` before that.
    private var toldReadOnly: Bool?
    /// What the controller knows; `nil` before the first sync.
    private var revision: Int?
    private var eventNumber: Int

    init(
        outbox: Outbox,
        store: InventoryStore,
        object: ContainerObject,
        isReadOnly: @escaping @Sendable () -> Bool,
        frameLimit: Int = DrydockFrames.limit,
        meter: HostMeter? = nil,
        logger: Logger
    ) {
        self.outbox = outbox
        self.slot = outbox.open(.bulk)
        self.store = store
        self.object = object
        self.isReadOnly = isReadOnly
        self.frameLimit = frameLimit
        self.meter = meter
        self.logger = logger
        self.eventNumber = store.eventCount
        outbox.setClient(self, of: self.slot)
        self.tellComponents()
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

    /// Tells the components, where they are not what the controller was told. It registers everything anew with them, so all
    /// containers follow, as added: of a host with more than one frame holds, a sync would remove some for a moment.
    private func tellComponents() {
        let isReadOnly = self.isReadOnly()
        guard isReadOnly != self.toldReadOnly else { return }
        self.toldReadOnly = isReadOnly
        let components = StateMessage.components(isReadOnly: isReadOnly)
        let frame = DrydockFrames.frame(components, as: self.object, allocator: self.outbox.allocator)
        self.outbox.push(frame, to: self.slot)
        guard self.revision != nil else { return }
        self.items.append(contentsOf: self.store.inventory.records.map { .message(.added($0)) })
    }

    /// An engine that has not been asked yet has no containers to tell of, which is not the same as none.
    private func refill() {
        self.tellComponents()
        guard self.store.inventory.isComplete else { return }
        for event in self.store.events(after: self.eventNumber) { self.items.append(.message(.event(event))) }
        self.eventNumber = self.store.eventCount
        guard self.revision != self.store.inventory.revision else { return }
        switch self.store.inventory.changes(since: self.revision) {
        case .everything(let records, let gone):
            self.items.append(.sync(records))
            if self.revision == nil { self.meter?.start { [weak self] in self?.measured($0) } }
            // A sync without containers removes none at the controller.
            if records.isEmpty { self.items.append(contentsOf: gone.map { .message(.removed($0)) }) }
        case .some(let added, let updated, let removed):
            self.items.append(contentsOf: added.map { .message(.added($0)) })
            self.items.append(contentsOf: updated.map { .message(.updated($0)) })
            self.items.append(contentsOf: removed.map { .message(.removed($0)) })
        }
        self.revision = self.store.inventory.revision
    }

    /// Figures that have not left yet are old now.
    private func measured(_ figures: HostFigures) {
        self.items.removeAll { if case .message(.metrics) = $0 { true } else { false } }
        self.items.append(.message(.metrics(figures)))
        self.pump()
    }

    private func send(_ item: Item) {
        switch item {
        case .sync(let records): self.sync(records)
        case .message(let message): self.send(message)
        }
    }

    /// What does not fit follows as added: a second sync would remove what the first one brought.
    private func sync(_ records: [ContainerRecord]) {
        var rest = records[...]
        let frame = DrydockFrames.sync(
            &rest,
            as: self.object,
            limit: self.frameLimit,
            allocator: self.outbox.allocator
        )
        self.outbox.push(frame, to: self.slot)
        for record in rest.reversed() { self.items.prepend(.message(.added(record))) }
    }

    private func send(_ message: StateMessage) {
        let frame = DrydockFrames.frame(message, as: self.object, allocator: self.outbox.allocator)
        let bytes = frame.count
        guard bytes <= self.frameLimit else {
            self.logger.warning(
                "a container is left out of the inventory",
                metadata: [
                    "container": "\(message.containerName ?? "")",
                    "reason": "its \(bytes) bytes do not fit a frame",
                ]
            )
            return
        }
        self.outbox.push(frame, to: self.slot)
    }
}
