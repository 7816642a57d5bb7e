import NIOCore

/// One bound for all bytes that wait in the process: what a slow peer has not taken yet, answers gathered whole, input for
/// processes, bodies for the engine. Where there are several event loops, each has one of these, and `MemoryPool` adds them up.
///
/// Nothing is dropped for it. A producer asks first, and is not read while there is no room:
///
/// - A stream may always have one read of its own waiting. Its frames leave whatever the others do, and that wakes it.
/// - An answer that is gathered whole gives nothing back before it is complete. Of several such only the one that came
///   first grows while there is no room; half of the budget is kept for it. So no two wait for each other. It waits for
///   the link alone: complete answers that have not left yet may not take its half.
///
/// The guaranteed read of each stream comes on top of `limit`: `guaranteedBytes` for each of them, 100 requests and
/// `MAX_EXEC_SESSIONS` execs at most.
///
/// Concurrency: lives on the event loop of its `RequestDispatcher`, as everything does that queues.
package final class MemoryBudget {
    /// Twice the largest answer that travels whole (16 MiB).
    package static let defaultLimit = 32 << 20
    /// What an exchange may hold whatever the others do: one read off the engine's socket.
    package static let guaranteedBytes = 64 * 1024

    private let pool: MemoryPool
    private var member: MemoryPool.Member = 0
    /// Those of this loop that hold more than is guaranteed, in the order they came to it.
    private var gatherers: [any MemoryGatherer] = []
    /// Those that wait for room without a right to the other half.
    private var waiters: [Ticket: () -> Void] = [:]
    private var lastTicket = 0

    package typealias Ticket = Int

    package init(limit: Int = defaultLimit) {
        self.pool = MemoryPool(limit: limit)
    }

    /// The part of one event loop; called there.
    init(in pool: MemoryPool, eventLoop: any EventLoop) {
        self.pool = pool
        let reference = NIOLoopBound(Reference(self), eventLoop: eventLoop)
        self.member = pool.join { wake in eventLoop.execute { reference.value.budget?.woken(wake) } }
    }

    deinit {
        self.pool.leave(self.member)
    }

    private struct Reference {
        weak var budget: MemoryBudget?

        init(_ budget: MemoryBudget) {
            self.budget = budget
        }
    }

    /// Bytes.
    package var limit: Int { self.pool.limit }
    /// Of all event loops.
    package var used: Int { self.pool.used }

    /// The most that one answer gathered whole may take.
    package var largestWhole: Int { self.limit / 2 }

    /// What all callers may fill: the half that is not kept for the first gatherer.
    private var shared: Int { self.limit - self.largestWhole }

    /// The most that one message, body or input can ever take beside the half of the first gatherer.
    package var largestShare: Int { self.shared }

    /// Whether more may be taken. The other half is kept for the first gatherer.
    package var hasRoom: Bool { self.used < self.shared }

    /// Whether `bytes` that cannot wait anywhere else still fit beside the first gatherer's half.
    package func fits(_ bytes: Int) -> Bool { self.used + bytes <= self.shared }

    package func change(by bytes: Int) {
        let hasRoomAgain = self.pool.change(by: bytes, below: self.shared)
        assert(self.used >= 0, "more memory was given back than taken")
        guard hasRoomAgain else { return }
        self.roomCame()
        self.pool.wakeOthers(than: self.member, .room)
    }

    /// Takes `bytes` for the body of a request, which may have what is kept for the first gatherer as well.
    package func take(_ bytes: Int) -> Bool { self.pool.take(bytes) }

    private func woken(_ wake: MemoryPool.Wake) {
        switch wake {
        case .room: if self.hasRoom { self.roomCame() }
        case .turn: if let first = self.gatherers.first, self.mayGrow(first) { first.memoryHasRoom() }
        }
    }

    private func roomCame() {
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
        let isHalfFreeAgain = self.pool.changeQueued(by: bytes, below: self.shared)
        self.change(by: bytes)
        guard isHalfFreeAgain else { return }
        self.gatherers.first?.memoryHasRoom()
        self.pool.wakeOthers(than: self.member, .turn)
    }

    /// Whether the first gatherer has its half.
    private var isHalfFree: Bool { self.pool.queued < self.shared }

    // MARK: Answers gathered whole

    package func enter(_ gatherer: some MemoryGatherer) {
        if self.gatherers.isEmpty { self.pool.beginGathering(self.member) }
        self.gatherers.append(gatherer)
    }

    package func leave(_ gatherer: some MemoryGatherer) {
        let wasFirst = self.gatherers.first === gatherer
        self.gatherers.removeAll { $0 === gatherer }
        guard wasFirst else { return }
        guard let next = self.gatherers.first else { return self.pool.endGathering(self.member) }
        self.pool.passTurn(self.member)
        if self.mayGrow(next) { next.memoryHasRoom() }
    }

    package func mayGrow(_ gatherer: some MemoryGatherer) -> Bool {
        self.hasRoom || self.isHalfFree && self.gatherers.first === gatherer && self.pool.isFirst(self.member)
    }
}

/// Holds an answer until it is complete.
package protocol MemoryGatherer: AnyObject {
    /// It may take more.
    func memoryHasRoom()
}
