/// One bound for all bytes that wait in the process: frames for the tunnel, answers gathered whole, input for processes.
///
/// Nothing is dropped for it. Whoever produces asks first, and is not read while there is no room:
///
/// - A stream may always have one read of its own waiting. Its frames leave whatever the others do, and that wakes it.
/// - An answer that is gathered whole gives nothing back before it is complete. Of several such only the one that came
///   first grows while there is no room; half of the budget is kept for it. So no two wait for each other. It waits for
///   the link alone: complete answers that have not left yet may not take its half.
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
    /// Of `used`, what is ready to leave and waits for nothing but the link.
    private var queued = 0
    /// Those that hold more than is guaranteed, in the order they came to it.
    private var gatherers: [any MemoryGatherer] = []
    /// Those that wait for room without a right to the other half.
    private var waiters: [Ticket: () -> Void] = [:]
    private var lastTicket = 0

    package typealias Ticket = Int

    package init(limit: Int = defaultLimit) {
        self.limit = limit
    }

    /// The most that one answer gathered whole may take.
    package var largestWhole: Int { self.limit / 2 }

    /// What everybody may fill: the half that is not kept for the first gatherer.
    private var shared: Int { self.limit - self.largestWhole }

    /// The most that one message, body or input can ever take beside the half of the first gatherer.
    package var largestShare: Int { self.shared }

    /// Whether anybody may take more. The other half is kept for the first gatherer.
    package var hasRoom: Bool { self.used < self.shared }

    /// Whether `bytes` that cannot wait anywhere else still fit beside the first gatherer's half.
    package func fits(_ bytes: Int) -> Bool { self.used + bytes <= self.shared }

    package func change(by bytes: Int) {
        let hadRoom = self.hasRoom
        self.used += bytes
        assert(self.used >= 0, "more memory was given back than taken")
        guard !hadRoom, self.hasRoom else { return }
        for gatherer in self.gatherers { gatherer.memoryHasRoom() }
        for waiter in exchange(&self.waiters, with: [:]).values { waiter() }
    }

    /// Calls `body` once, as soon as there is room again.
    package func whenRoom(_ body: @escaping () -> Void) -> Ticket {
        self.lastTicket += 1
        self.waiters[self.lastTicket] = body
        return self.lastTicket
    }

    package func cancel(_ ticket: Ticket) {
        self.waiters[ticket] = nil
    }

    /// Like `change`, for what waits for the link.
    package func changeQueued(by bytes: Int) {
        let isHalfFree = self.isHalfFree
        self.queued += bytes
        self.change(by: bytes)
        if !isHalfFree, self.isHalfFree { self.gatherers.first?.memoryHasRoom() }
    }

    /// Whether the first gatherer has its half.
    private var isHalfFree: Bool { self.queued < self.shared }

    // MARK: Answers gathered whole

    package func enter(_ gatherer: some MemoryGatherer) {
        self.gatherers.append(gatherer)
    }

    package func leave(_ gatherer: some MemoryGatherer) {
        let wasFirst = self.gatherers.first === gatherer
        self.gatherers.removeAll { $0 === gatherer }
        if wasFirst, let next = self.gatherers.first, self.mayGrow(next) { next.memoryHasRoom() }
    }

    package func mayGrow(_ gatherer: some MemoryGatherer) -> Bool {
        self.hasRoom || self.isHalfFree && self.gatherers.first === gatherer
    }
}

/// Holds an answer until it is complete.
package protocol MemoryGatherer: AnyObject {
    /// It may take more.
    func memoryHasRoom()
}
