import DequeModule

/// All containers of the engine as far as they are known, and what changed since any earlier revision.
///
/// A value. A follower remembers a revision and asks for the changes since; so however slow it is, nothing
/// queues up for it, and what changed twice meanwhile it hears once.
package struct Inventory {
    /// Removals that are remembered. A follower that missed more gets everything again.
    private static let rememberedRemovals = 4096

    private struct Entry {
        var record: ContainerRecord
        var mark: String
        var bornAt: Int
        var changedAt: Int
        var detailsChangedAt: Int
    }

    private struct Removal {
        var container: ContainerName
        var bornAt: Int
        var at: Int
    }

    /// Containers of one engine that are looked at. A host with a thousand is a large one.
    static let maximumContainers = 16_384
    /// Bytes of all records together: a thousand containers may have 32 KiB each. Settings of a container make some 4 KiB.
    static let usualMaximumBytes = 32 << 20

    private var entries: [String: Entry] = [:]
    /// Of the records.
    private(set) var heldBytes = 0
    private var removals: Deque<Removal> = []
    /// Removals up to here are forgotten.
    private var forgottenUpTo = 0
    /// Containers that could not be read, by what the list said of them then.
    private var unusable: [String: String] = [:]
    /// Containers whose records found no room, by the bytes that they need.
    private var leftOut: [String: Int] = [:]
    /// Goes up with every change.
    package private(set) var revision = 0
    /// Whether the engine has been asked for everything at least once.
    package private(set) var isComplete = false
    /// How often it has been asked for everything.
    package private(set) var looks = 0

    let maximumBytes: Int

    package init() { self.init(maximumBytes: Self.usualMaximumBytes) }

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    package var count: Int { self.entries.count }
    /// Sorted by id.
    package var records: [ContainerRecord] {
        self.entries.values.map(\.record).sorted { $0.id < $1.id }
    }

    // MARK: What is learnt

    /// The engine's whole list. What is not in it is gone.
    ///
    /// - Parameter looksAgain: whether everything must be inspected, because changes may have been missed.
    /// - Returns: the ids that must be inspected.
    mutating func listed(_ summaries: [ContainerSummary], looksAgain: Bool) -> [String] {
        let present = Set(summaries.map(\.id))
        for id in self.entries.keys where !present.contains(id) { self.removed(id) }
        for id in self.unusable.keys where !present.contains(id) { self.unusable[id] = nil }
        for id in self.leftOut.keys where !present.contains(id) { self.leftOut[id] = nil }
        return summaries.filter { summary in
            if !looksAgain, let bytes = self.leftOut[summary.id] { return self.heldBytes + bytes <= self.maximumBytes }
            if let mark = self.unusable[summary.id] { return looksAgain || mark != summary.mark }
            return looksAgain || self.entries[summary.id]?.mark != summary.mark
        }.map(\.id)
    }

    /// Everything in a list has been looked at, as well as could be.
    mutating func completed() {
        self.isComplete = true
        self.looks += 1
    }

    /// What became of a record.
    enum Reception: Equatable {
        case kept
        /// There is no room for it. What was known of the container is forgotten, because it is no longer true.
        case leftOut(isNews: Bool)
    }

    /// - Parameter mark: what the list said when the container was inspected; `nil` when it was not the list that asked.
    @discardableResult
    mutating func inspected(_ record: ContainerRecord, mark: String?) -> Reception {
        self.unusable[record.id] = nil
        let bytes = record.heldBytes
        let change = bytes - (self.entries[record.id]?.record.heldBytes ?? 0)
        guard self.heldBytes + change <= self.maximumBytes else {
            let isNews = self.leftOut[record.id] == nil
            self.removed(record.id)
            self.leftOut[record.id] = bytes
            return .leftOut(isNews: isNews)
        }
        self.leftOut[record.id] = nil
        self.heldBytes += change
        self.keep(record, mark: mark)
        return .kept
    }

    private mutating func keep(_ record: ContainerRecord, mark: String?) {
        guard var entry = self.entries[record.id] else {
            self.revision += 1
            self.entries[record.id] = Entry(
                record: record,
                mark: mark ?? "",
                bornAt: self.revision,
                changedAt: self.revision,
                detailsChangedAt: self.revision
            )
            return
        }
        entry.mark = mark ?? ""
        if entry.record != record {
            self.revision += 1
            entry.changedAt = self.revision
            if entry.record.details != record.details { entry.detailsChangedAt = self.revision }
            entry.record = record
        }
        self.entries[record.id] = entry
    }

    /// - Returns: whether this is news, and so worth a warning.
    mutating func unusable(_ id: String, mark: String?) -> Bool {
        let isNews = self.unusable[id] == nil
        self.unusable[id] = mark ?? ""
        return isNews
    }

    /// It is there, but could not be asked about: what was known stands until the next look.
    mutating func unanswered(_ id: String) {
        self.entries[id]?.mark = ""
    }

    /// It is there, and the engine tells of it in its list only: what was known stands, but for the state.
    mutating func listed(_ record: ContainerRecord) -> Reception {
        var known = self.entries[record.id]?.record ?? record
        known.status = record.status
        if record.status != .running { known.health = nil }
        // Without a mark, so that every look asks again.
        return self.inspected(known, mark: nil)
    }

    mutating func removed(_ id: String) {
        self.unusable[id] = nil
        self.leftOut[id] = nil
        guard let entry = self.entries.removeValue(forKey: id) else { return }
        self.heldBytes -= entry.record.heldBytes
        self.revision += 1
        if self.removals.count == Self.rememberedRemovals { self.forgottenUpTo = self.removals.removeFirst().at }
        let container = ContainerName(id: id, name: entry.record.name)
        self.removals.append(Removal(container: container, bornAt: entry.bornAt, at: self.revision))
    }

    // MARK: What changed

    /// - Parameter since: a revision that was told before; `nil` for a follower that knows nothing yet.
    package func changes(since: Int?) -> InventoryChanges {
        guard let since, since >= self.forgottenUpTo else {
            return .everything(self.records, gone: self.removals.map(\.container))
        }
        let changed = self.entries.values.filter { $0.changedAt > since }
        return .some(
            added: changed.filter { $0.bornAt > since }.map(\.record).sorted { $0.id < $1.id },
            updated: changed.filter { $0.bornAt <= since }
                .map { InventoryChanges.Update(record: $0.record, hasNewDetails: $0.detailsChangedAt > since) }
                .sorted { $0.record.id < $1.record.id },
            removed: self.removals.filter { $0.at > since && $0.bornAt <= since }.map(\.container)
        )
    }
}

/// What is left of a container that is gone.
package struct ContainerName: Equatable, Sendable {
    package var id: String
    package var name: String
}

/// What a reader of the inventory has not heard of yet.
package enum InventoryChanges: Equatable, Sendable {
    /// Too much happened, or nothing was known: the whole picture.
    ///
    /// - Parameter gone: those of which it is remembered that they are no more.
    case everything([ContainerRecord], gone: [ContainerName])
    /// A container that came and went in between is not mentioned.
    case some(added: [ContainerRecord], updated: [Update], removed: [ContainerName])

    /// A container that looks different, and whether its details do.
    package struct Update: Equatable, Sendable {
        package var record: ContainerRecord
        package var hasNewDetails: Bool
    }
}
