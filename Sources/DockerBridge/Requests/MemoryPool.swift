import Synchronization

/// What the process has taken of `MEMORY_BUDGET`, whichever event loop took it. Each loop has a `MemoryBudget` of its own in
/// front of it, which is a member.
///
/// A loop cannot call objects of another, so a member is woken instead: when there is room again, and when its first gatherer
/// is the first of the process.
///
/// Concurrency: any thread.
package final class MemoryPool: Sendable {
    typealias Member = Int

    enum Wake: Sendable {
        /// There is room again.
        case room
        /// The member's first gatherer may use the half that is kept for the first one.
        case turn
    }

    private struct Members {
        var last: Member = 0
        var wakers: [Member: @Sendable (Wake) -> Void] = [:]
        /// Those with gatherers. The first gatherer of the first one is the first of the process.
        var gathering: [Member] = []
    }

    /// Bytes.
    let limit: Int
    private let usedBytes = Atomic(0)
    private let queuedBytes = Atomic(0)
    private let members = Mutex(Members())

    package init(limit: Int) {
        self.limit = limit
    }

    var used: Int { self.usedBytes.load(ordering: .relaxed) }
    /// Of `used`, what is ready to leave and waits for nothing but the link.
    var queued: Int { self.queuedBytes.load(ordering: .relaxed) }

    /// - Returns: whether that took the sum from `threshold` or more to less.
    func change(by bytes: Int, below threshold: Int) -> Bool {
        let (before, after) = self.usedBytes.add(bytes, ordering: .relaxed)
        return before >= threshold && after < threshold
    }

    func changeQueued(by bytes: Int, below threshold: Int) -> Bool {
        let (before, after) = self.queuedBytes.add(bytes, ordering: .relaxed)
        return before >= threshold && after < threshold
    }

    /// Takes `bytes` if the sum stays within `limit`.
    func take(_ bytes: Int) -> Bool {
        var used = self.used
        while used + bytes <= self.limit {
            let (taken, original) = self.usedBytes.compareExchange(
                expected: used,
                desired: used + bytes,
                ordering: .relaxed
            )
            if taken { return true }
            used = original
        }
        return false
    }

    // MARK: Members

    /// - Parameter wake: called on any thread; it has to change to the member's loop.
    func join(wake: @escaping @Sendable (Wake) -> Void) -> Member {
        self.members.withLock { members in
            members.last += 1
            members.wakers[members.last] = wake
            return members.last
        }
    }

    func leave(_ member: Member) {
        self.members.withLock { $0.wakers[member] = nil }
        self.endGathering(member)
    }

    func wakeOthers(than member: Member, _ wake: Wake) {
        let wakers = self.members.withLock { members in members.wakers.filter { $0.key != member }.map(\.value) }
        for waker in wakers { waker(wake) }
    }

    // MARK: Gatherers

    func isFirst(_ member: Member) -> Bool { self.members.withLock { $0.gathering.first == member } }

    func beginGathering(_ member: Member) {
        self.members.withLock { $0.gathering.append(member) }
    }

    /// The member's first gatherer is done, and others of it wait: those of another member come before them.
    func passTurn(_ member: Member) {
        self.turn { gathering in
            guard gathering.first == member else { return }
            gathering.append(gathering.removeFirst())
        }
    }

    /// The member has no gatherers.
    func endGathering(_ member: Member) {
        self.turn { $0.removeAll { $0 == member } }
    }

    /// Wakes the first member if that was not the first one before.
    private func turn(_ change: (inout [Member]) -> Void) {
        let waker = self.members.withLock { members in
            let before = members.gathering.first
            change(&members.gathering)
            guard let first = members.gathering.first, first != before else {
                return Optional<@Sendable (Wake) -> Void>.none
            }
            return members.wakers[first]
        }
        waker?(.turn)
    }
}
