import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ConnectionPoolStateMachineTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func pool(_ connections: String...) -> ConnectionPoolStateMachine<String> {
        var pool = ConnectionPoolStateMachine<String>(maximumIdle: 3, idleLifetime: .seconds(60))
        for (index, connection) in connections.enumerated() {
            _ = pool.giveBack(connection, now: self.start + .seconds(Int64(index)))
        }
        return pool
    }

    @Test func anEmptyPoolLendsNothing() {
        var pool = Self.pool()
        let lent = pool.lend()
        #expect(lent == nil)
        #expect(pool.nextExpiry == nil)
        #expect(pool.idleCount == 0)
    }

    @Test func theNewestIsLentFirst() {
        var pool = Self.pool("a", "b", "c")
        let lent = [pool.lend(), pool.lend(), pool.lend(), pool.lend()]
        #expect(lent == ["c", "b", "a", nil])
    }

    @Test func aFullPoolKeepsNoMore() {
        var pool = Self.pool("a", "b", "c")
        let kept = pool.giveBack("d", now: Self.start)
        #expect(!kept)
        #expect(pool.idleCount == 3)
        _ = pool.lend()
        let keptNow = pool.giveBack("d", now: Self.start)
        #expect(keptNow)
    }

    @Test func aClosedConnectionIsNotLent() {
        var pool = Self.pool("a", "b", "c")
        pool.closed("b")
        pool.closed("unknown")
        let lent = [pool.lend(), pool.lend(), pool.lend()]
        #expect(lent == ["c", "a", nil])
    }

    @Test func theOldestExpireFirst() {
        var pool = Self.pool("a", "b", "c")
        #expect(pool.nextExpiry == Self.start + .seconds(60))
        let early = pool.expired(now: Self.start + .seconds(60) - .nanoseconds(1))
        let two = pool.expired(now: Self.start + .seconds(61))
        #expect(early.isEmpty)
        #expect(two == ["a", "b"])
        #expect(pool.nextExpiry == Self.start + .seconds(62))
        #expect(pool.idleCount == 1)
    }

    @Test func beingLentMakesAConnectionYoungAgain() {
        var pool = Self.pool("a")
        _ = pool.lend()
        _ = pool.giveBack("a", now: Self.start + .seconds(50))
        let expired = pool.expired(now: Self.start + .seconds(100))
        #expect(expired.isEmpty)
    }

    @Test func allAreTakenOutAtOnce() {
        var pool = Self.pool("a", "b")
        let all = pool.removeAll()
        #expect(all == ["a", "b"])
        #expect(pool.idleCount == 0)
    }
}
