/// One bound for all bytes that wait in the process: frames for the tunnel, answers gathered whole, input for processes.
///
/// Nothing is dropped for it. Whoever produces asks first, and is not read while there is no room:
///
/// - A stream may always have one read of its own waiting. Its frames leave whatever the others do, and that wakes it.
/// - An answer that is gathered whole gives nothing back before it is complete. Of several such only the one that came
///   first grows while there is no room; half of the budget is kept for it. So no two wait for each other.
///
/// The guaranteed read of each stream comes on top of `limit`: `guaranteedBytes` for each of them, 100 requests and
/// 100 execs at most.
///
/// Concurrency: lives on the event loop of its `RequestDispatcher`, as everything does that queues.
package final class MemoryBudget {
    /// Twice the largest answer that travels whole (16 MiB).
    package static let defaultLimit = 32 << 20
    /// What an exchange may hold whatever the others do: one read off the engine's socket.
    package static let guaranteedBytes = 64 * 1024

    /// Bytes.
    package let limit: Int
    package private(set) var used = 0
    /// Those that hold more than is guaranteed, in the order they came to it.
    private var gatherers: [any MemoryGatherer] = []

    package init(limit: Int = defaultLimit) {
        self.limit = limit
    }

    /// The most that one answer gathered whole may take.
    package var largestWhole: Int { self.limit / 2 }

    /// Whether anybody may take more. The other half is kept for the first gatherer.
    package var hasRoom: Bool { self.used < self.limit - self.largestWhole }

    /// Whether `bytes` that cannot wait anywhere else still fit.
    package func fits(_ bytes: Int) -> Bool { self.used + bytes <= self.limit }

    package func change(by bytes: Int) {
        let hadRoom = self.hasRoom
        self.used += bytes
        assert(self.used >= 0, "more memory was given back than taken")
        guard !hadRoom, self.hasRoom else { return }
        for gatherer in self.gatherers { gatherer.memoryHasRoom() }
    }

    // MARK: Answers gathered whole

    package func enter(_ gatherer: some MemoryGatherer) {
        self.gatherers.append(gatherer)
    }

    package func leave(_ gatherer: some MemoryGatherer) {
        let wasFirst = self.gatherers.first === gatherer
        self.gatherers.removeAll { $0 === gatherer }
        if wasFirst { self.gatherers.first?.memoryHasRoom() }
    }

    package func mayGrow(_ gatherer: some MemoryGatherer) -> Bool {
        self.hasRoom || self.gatherers.first === gatherer
    }
}

/// Holds an answer until it is complete.
package protocol MemoryGatherer: AnyObject {
    /// It may take more.
    func memoryHasRoom()
}
