import Synchronization

/// What all event loops of the listener count together.
final class ListenerLoad: Sendable {
    /// Upgraded sessions at a time; each holds two sockets and a process of the engine.
    static let maximumUpgrades = 100

    private let maximumConnections: Int
    private let connections = Atomic(0)
    private let upgrades = Atomic(0)

    init(maximumConnections: Int) {
        self.maximumConnections = maximumConnections
    }

    var openConnections: Int { self.connections.load(ordering: .relaxed) }

    /// Returns whether there was room for one more; if so, `connectionClosed` must follow.
    func connectionOpened() -> Bool { Self.take(self.connections, upTo: self.maximumConnections) }
    func connectionClosed() { self.connections.subtract(1, ordering: .relaxed) }
    func upgradeBegan() -> Bool { Self.take(self.upgrades, upTo: Self.maximumUpgrades) }
    func upgradeEnded() { self.upgrades.subtract(1, ordering: .relaxed) }

    private static func take(_ counter: borrowing Atomic<Int>, upTo limit: Int) -> Bool {
        let before = counter.add(1, ordering: .relaxed).oldValue
        guard before >= limit else { return true }
        counter.subtract(1, ordering: .relaxed)
        return false
    }
}
