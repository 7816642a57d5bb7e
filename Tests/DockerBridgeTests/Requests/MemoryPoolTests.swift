import NIOCore
import NIOEmbedded
import Testing

@testable import DockerBridge

/// `MEMORY_BUDGET` is one for all event loops.
@Suite(.timeLimit(.minutes(1))) struct MemoryPoolTests {
    private final class Gatherer: MemoryGatherer {
        var calls = 0

        func memoryHasRoom() {
            self.calls += 1
        }
    }

    private let loops = [EmbeddedEventLoop(), EmbeddedEventLoop()]
    private let budgets: [MemoryBudget]

    init() {
        let pool = MemoryPool(limit: 1000)
        self.budgets = self.loops.map { MemoryBudget(in: pool, eventLoop: $0) }
    }

    private func run() {
        for loop in self.loops { loop.run() }
    }

    @Test func whatOneLoopTakesIsGoneForTheOther() {
        self.budgets[0].change(by: 499)
        #expect(self.budgets[1].used == 499)
        #expect(self.budgets[1].hasRoom)
        self.budgets[1].change(by: 1)
        #expect(self.budgets.allSatisfy { !$0.hasRoom && !$0.fits(1) })
    }

    @Test func bodiesOfAllLoopsStayWithinTheLimit() {
        #expect(self.budgets[0].take(600))
        #expect(!self.budgets[1].take(401))
        #expect(self.budgets[1].take(400))
        #expect(!self.budgets[0].take(1))
        #expect(self.budgets[0].used == 1000)
    }

    @Test func dispatchersWithAPoolShareIt() {
        var limits = RequestDispatcher.Limits()
        limits.pool = MemoryPool(limit: 1000)
        let dispatchers = self.loops.map { loop in
            let client = EngineClient(eventLoop: loop) { _ in loop.makeFailedFuture(ChannelError.eof) }
            return RequestDispatcher(client: client, limits: limits)
        }
        dispatchers[0].memory.change(by: 700)
        #expect(dispatchers[1].memory.used == 700)
        #expect(dispatchers[1].memory.limit == 1000)
    }

    @Test func roomThatOneLoopGivesBackIsHeardOnTheOther() {
        let gatherer = Gatherer()
        var calls = 0
        self.budgets[0].change(by: 500)
        self.budgets[1].enter(gatherer)
        _ = self.budgets[1].whenRoom { calls += 1 }
        self.budgets[0].change(by: -1)
        #expect(gatherer.calls == 0, "not from the other loop's thread")
        self.run()
        #expect(gatherer.calls == 1)
        #expect(calls == 1)
    }

    @Test func roomThatIsGoneAgainIsNotTold() {
        let gatherer = Gatherer()
        self.budgets[0].change(by: 500)
        self.budgets[1].enter(gatherer)
        self.budgets[0].change(by: -1)
        self.budgets[0].change(by: 1)
        self.run()
        #expect(gatherer.calls == 0)
    }

    /// Two halves that are kept would be the whole budget, beside what all may fill.
    @Test func oneGathererOfAllLoopsHasTheHalfThatIsKept() {
        let gatherers = [Gatherer(), Gatherer()]
        for (budget, gatherer) in zip(self.budgets, gatherers) { budget.enter(gatherer) }
        self.budgets[0].change(by: 500)
        #expect(self.budgets[0].mayGrow(gatherers[0]))
        #expect(!self.budgets[1].mayGrow(gatherers[1]))
        self.budgets[0].leave(gatherers[0])
        self.run()
        #expect(gatherers[1].calls == 1)
        #expect(self.budgets[1].mayGrow(gatherers[1]))
    }

    @Test func aLoopWithoutEndDoesNotKeepTheHalfFromTheOther() {
        let gatherers = [Gatherer(), Gatherer(), Gatherer()]
        self.budgets[0].enter(gatherers[0])
        self.budgets[0].enter(gatherers[1])
        self.budgets[1].enter(gatherers[2])
        self.budgets[0].change(by: 500)
        self.budgets[0].leave(gatherers[0])
        self.run()
        #expect(gatherers.map(\.calls) == [0, 0, 1])
        #expect(!self.budgets[0].mayGrow(gatherers[1]))
        self.budgets[1].leave(gatherers[2])
        self.run()
        #expect(gatherers.map(\.calls) == [0, 1, 1])
    }

    @Test func linksOfAllLoopsHoldUpTheFirstGatherer() {
        let gatherer = Gatherer()
        self.budgets[0].enter(gatherer)
        self.budgets[1].changeQueued(by: 600)
        #expect(!self.budgets[0].mayGrow(gatherer))
        self.budgets[1].changeQueued(by: -50)
        self.run()
        #expect(gatherer.calls == 0)
        self.budgets[1].changeQueued(by: -100)
        self.run()
        #expect(gatherer.calls >= 1)
    }

    @Test func aLoopThatIsGoneIsNotWaitedFor() {
        let pool = MemoryPool(limit: 1000)
        let stays = MemoryBudget(in: pool, eventLoop: self.loops[0])
        let gatherers = [Gatherer(), Gatherer()]
        var goes: MemoryBudget? = MemoryBudget(in: pool, eventLoop: self.loops[1])
        goes?.enter(gatherers[0])
        stays.enter(gatherers[1])
        stays.change(by: 500)
        #expect(!stays.mayGrow(gatherers[1]))
        goes = nil
        self.run()
        #expect(gatherers[1].calls == 1)
        #expect(stays.mayGrow(gatherers[1]))
    }
}
