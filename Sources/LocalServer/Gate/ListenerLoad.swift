import Synchronization

/// What all event loops of the listener count together.
final class ListenerLoad: Sendable {
    /// Of one address at least, however few there may be in all: a browser and a few clients behind one router.
    static let minimumConnectionsOfOne = 64

    /// The memory for what strangers send.
    let strangers: StrangerBudget
    let earlyDrop: EarlyDrop
    private let maximumConnections: Int
    private let maximumConnectionsOfOne: Int
    let maximumUpgrades: Int
    let maximumStreams: Int?
    private let connections = Atomic(0)
    private let unknown = Atomic(0)
    private let upgrades = Atomic(0)
    private let streams = Atomic(0)
    private let nextNumber = Atomic<UInt64>(0)
    private let byNetwork = Mutex<[ClientNetwork: Int]>([:])

    /// - Parameters:
    ///   - memoryBudget: `MEMORY_BUDGET`, in bytes.
    ///   - maximumUpgrades: `MAX_EXEC_SESSIONS`.
    ///   - maximumStreams: `MAX_STREAM_SESSIONS`; `nil` for no limit beside that of the connections.
    init(maximumConnections: Int, memoryBudget: Int, maximumUpgrades: Int = 100, maximumStreams: Int? = nil) {
        self.maximumUpgrades = maximumUpgrades
        self.maximumStreams = maximumStreams
        self.maximumConnections = maximumConnections
        self.maximumConnectionsOfOne = max(Self.minimumConnectionsOfOne, maximumConnections / 4)
        self.strangers = StrangerBudget(memoryBudget: memoryBudget)
        self.earlyDrop = EarlyDrop(maximumConnections: maximumConnections)
    }

    /// Whether there are as many connections as there may be in all.
    var isFull: Bool { self.openConnections >= self.maximumConnections }
    var openConnections: Int { self.connections.load(ordering: .relaxed) }
    /// Connections whose client has not shown a valid credential.
    var unknownConnections: Int { self.unknown.load(ordering: .relaxed) }
    var openUpgrades: Int { self.upgrades.load(ordering: .relaxed) }
    var openStreams: Int { self.streams.load(ordering: .relaxed) }

    /// - Parameter network: `nil` where one peer stands for many clients.
    /// - Returns: whether there was room for one more; if so, `connectionClosed` must follow.
    fileprivate func connectionOpened(from network: ClientNetwork?) -> Bool {
        guard Self.take(self.connections, upTo: self.maximumConnections) else { return false }
        self.unknown.add(1, ordering: .relaxed)
        guard let network,
            !self.byNetwork.withLock({ Self.take(&$0[network, default: 0], self.maximumConnectionsOfOne) })
        else { return true }
        self.connections.subtract(1, ordering: .relaxed)
        self.unknown.subtract(1, ordering: .relaxed)
        return false
    }

    /// Whether one more connection from `network` is within its share.
    func hasShare(for network: ClientNetwork?) -> Bool {
        guard let network else { return true }
        return self.byNetwork.withLock { $0[network, default: 0] < self.maximumConnectionsOfOne }
    }

    fileprivate func connectionClosed(from network: ClientNetwork?, isUnknown: Bool) {
        self.connections.subtract(1, ordering: .relaxed)
        if isUnknown { self.unknown.subtract(1, ordering: .relaxed) }
        guard let network else { return }
        self.byNetwork.withLock { table in
            guard let count = table[network] else { return }
            table[network] = count > 1 ? count - 1 : nil
        }
    }

    fileprivate func takeNumber() -> UInt64 { self.nextNumber.add(1, ordering: .relaxed).oldValue }
    fileprivate func connectionBecameKnown() { self.unknown.subtract(1, ordering: .relaxed) }
    func upgradeBegan() -> Bool { Self.take(self.upgrades, upTo: self.maximumUpgrades) }
    func upgradeEnded() { self.upgrades.subtract(1, ordering: .relaxed) }
    func streamBegan() -> Bool { Self.take(self.streams, upTo: self.maximumStreams ?? .max) }
    func streamEnded() { self.streams.subtract(1, ordering: .relaxed) }

    private static func take(_ counter: borrowing Atomic<Int>, upTo limit: Int) -> Bool {
        let before = counter.add(1, ordering: .relaxed).oldValue
        guard before >= limit else { return true }
        counter.subtract(1, ordering: .relaxed)
        return false
    }

    private static func take(_ counter: inout Int, _ limit: Int) -> Bool {
        guard counter < limit else { return false }
        counter += 1
        return true
    }
}

/// One connection's place among those that are counted.
///
/// Concurrency: lives on the event loop of its connection.
final class ConnectionPlace {
    let peer: Peer
    /// No other connection of the listener has or had it. An object's address would be used again.
    let number: UInt64
    /// Whose share it counts in. `nil` for a Unix socket and for a trusted proxy: each stands for many clients, so a share
    /// would be that of all of them.
    let network: ClientNetwork?
    private let load: ListenerLoad
    private var isUnknown = true
    private var isOpen = true

    /// - Returns: `nil` where there is no place left.
    init?(in load: ListenerLoad, peer: Peer, isProxy: Bool) {
        self.peer = peer
        self.number = load.takeNumber()
        self.load = load
        self.network = Self.network(of: peer, isProxy: isProxy)
        guard load.connectionOpened(from: self.network) else { return nil }
    }

    /// Whose share a peer's connections count in.
    static func network(of peer: Peer, isProxy: Bool) -> ClientNetwork? {
        switch peer {
        case .local: nil
        case .address(let address): isProxy ? nil : ClientNetwork(address)
        }
    }

    func becameKnown() {
        guard self.isOpen, self.isUnknown else { return }
        self.isUnknown = false
        self.load.connectionBecameKnown()
    }

    /// More calls than one do nothing.
    func release() {
        guard self.isOpen else { return }
        self.isOpen = false
        self.load.connectionClosed(from: self.network, isUnknown: self.isUnknown)
    }
}

/// Whether a connection of a stranger has to go because many of them are waiting.
///
/// sshd's `MaxStartups start:rate:full`: from `start` waiting strangers on, each new connection costs one with a probability
/// that rises from `rate` to 1 at `full`. sshd drops the new connection; here a random one of those that wait goes, so that
/// idle strangers give way to new clients.
struct EarlyDrop: Sendable, Equatable {
    let start: Int
    let rate: Double
    let full: Int

    /// Strangers may have half of the connections; from a quarter on they are thinned out, with sshd's rate.
    init(maximumConnections: Int) {
        self.start = max(1, maximumConnections / 4)
        self.rate = 0.3
        self.full = max(self.start, maximumConnections / 2)
    }

    /// - Parameters:
    ///   - waiting: connections of strangers that are open.
    ///   - roll: a random number from 0 to below 1.
    func drops(waiting: Int, roll: Double) -> Bool {
        guard waiting >= self.start else { return false }
        guard waiting < self.full else { return true }
        let share = Double(waiting - self.start) / Double(self.full - self.start)
        return roll < self.rate + (1 - self.rate) * share
    }
}
