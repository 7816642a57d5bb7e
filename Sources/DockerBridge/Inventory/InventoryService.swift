package import Logging
package import NIOCore

/// Keeps the inventory true: lists, inspects, follows the engine's events, and looks now and then anyway.
///
/// Where the engine is away it tries again, for ever; followers of the store need not know.
///
/// Concurrency: `run` is one task that does one thing after the other, with a few inspects at once within a step. What
/// happens meanwhile waits in an `EventDigest`.
package final class InventoryService: Sendable {
    /// From the first event to the inspect, so that what belongs together (`die`, `stop`) is looked at once.
    private static let debounce = Duration.milliseconds(100)
    /// An engine that comes back is noticed within this time.
    private static let longestWait = Duration.seconds(5)
    private static let firstWait = Duration.milliseconds(500)
    /// An engine that stays away is told of again and again: what helps may be for a person to do.
    private static let warningInterval = Duration.seconds(60)

    /// Containers that are inspected before their records are counted: 16 MiB at most.
    private static let inspectedAtOnce = 64

    private let dispatcher: NIOLoopBound<RequestDispatcher>
    package let store: NIOLoopBound<InventoryStore>
    private let inspector: ContainerInspector
    /// Learns what the policy asks about; `nil` where nobody looks into it.
    private let directory: ContainerDirectory?
    private let pace: NIOLoopBound<InventoryPace>
    private let wakes: AsyncStream<Void>
    private let logger: Logger

    /// Must be called on the event loop of `dispatcher`.
    ///
    /// - Parameters:
    ///   - others: dispatchers that learn with this one which API version the engine speaks.
    ///   - pollInterval: between two lists that only make sure; a session may ask for another one.
    ///   - observer: sees every document that is asked for.
    ///   - directory: learns which containers there are, and hears at once when that changes.
    package init(
        dispatcher: RequestDispatcher,
        others: [NIOLoopBound<RequestDispatcher>] = [],
        pollInterval: TimeAmount,
        observer: (any InspectObserver)? = nil,
        inventory: Inventory = Inventory(),
        directory: ContainerDirectory? = nil,
        logger: Logger
    ) {
        self.directory = directory
        let eventLoop = dispatcher.eventLoop
        self.dispatcher = NIOLoopBound(dispatcher, eventLoop: eventLoop)
        self.store = NIOLoopBound(InventoryStore(inventory), eventLoop: eventLoop)
        self.inspector = ContainerInspector(
            engine: EngineAPI(dispatchers: [self.dispatcher] + others),
            observer: observer
        )
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wakes = wakes
        self.pace = NIOLoopBound(
            InventoryPace(eventLoop: eventLoop, pollInterval: pollInterval) { waker.yield() },
            eventLoop: eventLoop
        )
        self.logger = logger
    }

    private var eventLoop: any EventLoop { self.dispatcher.eventLoop }

    /// On the event loop: sets the interval that a follower of the inventory asks for, for as long as it follows.
    ///
    /// - Parameter interval: `nil` goes back to the one of the settings.
    package func setPollInterval(_ interval: TimeAmount?) {
        self.pace.value.setInterval(interval)
    }

    /// Returns when its task is cancelled.
    package func run() async {
        var memory = Memory()
        var wait = Self.firstWait
        var warnedAt: ContinuousClock.Instant?
        while !Task.isCancelled {
            let start = ContinuousClock.now
            let reason = await self.follow(&memory)
            if Task.isCancelled { return }
            let now = ContinuousClock.now
            if start.duration(to: now) > Self.longestWait { (wait, warnedAt) = (Self.firstWait, nil) }
            if warnedAt.map({ $0.duration(to: now) >= Self.warningInterval }) ?? true {
                self.logger.warning("the engine cannot be followed, trying again", metadata: ["reason": "\(reason)"])
                warnedAt = now
            }
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, Self.longestWait)
        }
    }

    /// What lasts from one event stream to the next.
    private struct Memory {
        var cursor = EventCursor()
        var images = ImageCache()
        /// Containers whose last inspect failed.
        var unanswered: Set<String> = []
        /// Containers that the engine tells of in its list only, as far as the log has said so.
        var listedOnly: Set<String> = []
        /// The last list had more containers than are looked at.
        var hasMore = false
    }

    // MARK: One event stream

    /// - Returns: why it is over.
    private func follow(_ memory: inout Memory) async -> String {
        do {
            memory.images.engine = try await self.inspector.engine.version()
        } catch {
            return BridgeError.words(of: error)
        }
        let feed = await self.openFeed(memory.cursor)
        var reason = "the event stream ended"
        do {
            try await self.look(again: true, feed, &memory)
            for await _ in self.wakes {
                try await Task.sleep(for: Self.debounce)
                let (batch, due) = await self.onLoop { (feed.value.take(), $0.pace.value.takeDue()) }
                await self.take(batch, &memory)
                if due.contains(.poll) { try await self.look(again: false, feed, &memory) }
                if due.contains(.retry) { await self.inspect(Array(memory.unanswered), marks: [:], &memory) }
                if case .refused(let status) = batch.end {
                    self.logger.warning(
                        "the engine refuses /events: changes are seen with the next poll only",
                        metadata: ["status": "\(status)"]
                    )
                } else if let end = batch.end {
                    reason = end.words
                    break
                }
            }
        } catch {
            reason = BridgeError.words(of: error)
        }
        memory.cursor = await self.onLoop { _ in
            feed.value.stop()
            return feed.value.cursor
        }
        return reason
    }

    /// Events first, then the list: what happens in between is in both rather than in neither.
    private func openFeed(_ cursor: EventCursor) async -> NIOLoopBound<EngineStream<EventDigest>> {
        // One that refuses says so in its digest.
        await StreamOpening.wait(on: self.dispatcher) { dispatcher, whenOpen in
            let feed = EngineStream<EventDigest>(after: cursor, directory: self.directory, whenOpen: whenOpen) {
                self.pace.value.wake()
            }
            feed.start(on: dispatcher)
            return feed
        }.follower
    }

    /// - Parameter again: whether changes may have been missed, so that everything is inspected.
    /// - Throws: when the engine does not give its list.
    private func look(again: Bool, _ feed: NIOLoopBound<EngineStream<EventDigest>>, _ memory: inout Memory) async throws
    {
        let all = try await self.inspector.list()
        let hasMore = all.count > Inventory.maximumContainers
        if hasMore, !memory.hasMore {
            self.logger.warning(
                "the engine has more containers than the inventory takes; the others are left out",
                metadata: ["limit": "\(Inventory.maximumContainers)"]
            )
        }
        memory.hasMore = hasMore
        let list = Array(all.prefix(Inventory.maximumContainers))
        let ids = await self.onLoop { service in
            service.store.value.update { $0.listed(list, looksAgain: again) }
        }
        let marks = Dictionary(list.map { ($0.id, $0.mark) }) { $1 }
        memory.unanswered.formIntersection(marks.keys)
        memory.listedOnly.formIntersection(marks.keys)
        self.inspector.observer?.present(Set(marks.keys))
        await self.inspect(ids, marks: marks, &memory)
        let present = Set(marks.keys)
        await self.onLoop {
            $0.store.value.update { $0.completed() }
            $0.pace.value.looked()
            $0.directory?.looked(at: present, follows: feed.value.isFollowing)
        }
        memory.images.forget(unless: Set(await self.onLoop { $0.store.value.inventory.records.map(\.imageID) }))
    }

    private func take(_ batch: EventDigest, _ memory: inout Memory) async {
        memory.unanswered.subtract(batch.removed)
        memory.listedOnly.subtract(batch.removed)
        self.inspector.observer?.removed(batch.removed)
        await self.onLoop { service in
            service.store.value.update { inventory in
                for id in batch.removed { inventory.removed(id) }
            }
            for id in batch.removed { service.directory?.removed(id) }
            service.store.value.append(batch.events)
        }
        await self.inspect(batch.changed, marks: [:], &memory)
    }

    /// A few at a time: records that are under way count in no bound.
    ///
    /// - Parameter marks: what the list said, by id, where it was the list that asked.
    private func inspect(_ ids: [String], marks: [String: String], _ memory: inout Memory) async {
        guard !ids.isEmpty else { return }
        var rest = ids[...]
        var leftOut: [String] = []
        while !rest.isEmpty, !Task.isCancelled {
            let some = rest.prefix(Self.inspectedAtOnce)
            rest = rest.dropFirst(some.count)
            let mark = self.directory?.mark
            let results = await self.inspector.inspect(Array(some), &memory.images)
            memory.unanswered.subtract(some)
            memory.unanswered.formUnion(results.compactMap { $0.result.mustBeAskedAgain ? $0.id : nil })
            self.tellListed(results, &memory)
            if let mark { self.tellDirectory(results, asked: mark) }
            leftOut += await self.onLoop { service in
                service.store.value.update { service.take(results, marks, into: &$0) }
            }
        }
        if let first = leftOut.first {
            let limit = await self.onLoop { $0.store.value.inventory.maximumBytes }
            self.logger.warning(
                "containers are left out of the inventory: the records of all together are too large",
                metadata: ["containers": "\(leftOut.count)", "first": "\(first)", "limit": "\(limit)"]
            )
        }
        if !memory.unanswered.isEmpty { await self.onLoop { $0.pace.value.retry() } }
    }

    private func tellDirectory(
        _ results: [(id: String, result: ContainerInspector.Result)],
        asked mark: ContainerDirectory.Mark
    ) {
        for (id, result) in results {
            // What a list says is not enough.
            guard case .record(let record) = result, record.id == id else {
                self.directory?.learn(id, nil, asked: mark)
                continue
            }
            self.directory?.learn(id, ContainerDirectory.Entry(record), asked: mark)
        }
    }

    /// Once for each container.
    private func tellListed(_ results: [(id: String, result: ContainerInspector.Result)], _ memory: inout Memory) {
        for case (let id, .listed(_, let status)) in results where memory.listedOnly.insert(id).inserted {
            self.logger.warning(
                "the engine does not describe a container; what its list says is told",
                metadata: ["container": "\(id)", "status": "\(status)"]
            )
        }
    }

    /// - Returns: the containers whose records found no room, as far as that is news.
    private func take(
        _ results: [(id: String, result: ContainerInspector.Result)],
        _ marks: [String: String],
        into inventory: inout Inventory
    ) -> [String] {
        var leftOut: [String] = []
        for (id, result) in results {
            switch result {
            case .record(let record):
                if inventory.inspected(record, mark: marks[id]) == .leftOut(isNews: true) { leftOut.append(id) }
            case .listed(let record, _):
                if inventory.listed(record) == .leftOut(isNews: true) { leftOut.append(id) }
            case .unanswered: inventory.unanswered(id)
            // The list or an event will say so too; until then nothing is known that could be told.
            case .gone: break
            case .unusable(let reason):
                guard inventory.unusable(id, mark: marks[id]) else { continue }
                self.logger.warning(
                    "a container is left out of the inventory",
                    metadata: ["container": "\(id)", "reason": "\(reason)"]
                )
            }
        }
        return leftOut
    }

    private func onLoop<Result: Sendable>(_ body: @escaping @Sendable (InventoryService) -> Result) async -> Result {
        // A loop that runs cannot refuse a task.
        try! await self.eventLoop.submit { body(self) }.get()
    }
}
