import DequeModule
import NIOCore

/// What the agent knows of its containers, for everybody who wants to follow it.
///
/// Concurrency: lives on one event loop.
package final class InventoryStore {
    package private(set) var inventory: Inventory
    private var events: Deque<EngineEvent> = []
    /// How many events there were in all; the newest has this number.
    package private(set) var eventCount = 0
    private var followers: [Int: () -> Void] = [:]
    private var nextFollower = 0

    package init(_ inventory: Inventory = Inventory()) {
        self.inventory = inventory
    }

    /// Calls `changed` after every change, until `unfollow`. It must not wait: it asks when it is ready.
    package func follow(_ changed: @escaping () -> Void) -> Int {
        self.nextFollower += 1
        self.followers[self.nextFollower] = changed
        return self.nextFollower
    }

    package func unfollow(_ follower: Int) {
        self.followers[follower] = nil
    }

    /// Events after the one with number `number`, as far as they are kept.
    package func events(after number: Int) -> [EngineEvent] {
        Array(self.events.suffix(min(self.eventCount - number, self.events.count)))
    }

    @discardableResult
    func update<Result>(_ body: (inout Inventory) -> Result) -> Result {
        let (revision, looks) = (self.inventory.revision, self.inventory.looks)
        let result = body(&self.inventory)
        if self.inventory.revision != revision || self.inventory.looks != looks { self.notify() }
        return result
    }

    func append(_ events: [EngineEvent]) {
        guard !events.isEmpty else { return }
        self.events.append(contentsOf: events)
        self.eventCount += events.count
        self.events.removeFirst(max(0, self.events.count - EventDigest.keptEvents))
        self.notify()
    }

    /// Calls all followers, as after a change: what they tell may depend on more than the inventory.
    package func notify() {
        for changed in self.followers.values { changed() }
    }
}
