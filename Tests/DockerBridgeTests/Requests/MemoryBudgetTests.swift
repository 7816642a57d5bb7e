import Testing

@testable import DockerBridge

@Suite struct MemoryBudgetTests {
    private final class Gatherer: MemoryGatherer {
        var calls = 0

        func memoryHasRoom() {
            self.calls += 1
        }
    }

    @Test func halfOfItIsForEverybodyAndTheOtherHalfForTheFirstGatherer() {
        let budget = MemoryBudget(limit: 1000)
        let (first, second) = (Gatherer(), Gatherer())
        budget.enter(first)
        budget.enter(second)
        budget.change(by: 499)
        #expect(budget.hasRoom)
        #expect(budget.mayGrow(second))
        budget.change(by: 1)
        #expect(!budget.hasRoom)
        #expect(budget.mayGrow(first))
        #expect(!budget.mayGrow(second))
        #expect(budget.largestWhole == 500)
    }

    @Test func everyGathererHearsWhenThereIsRoomAgainAndNotBefore() {
        let budget = MemoryBudget(limit: 1000)
        let gatherers = [Gatherer(), Gatherer()]
        for gatherer in gatherers { budget.enter(gatherer) }
        budget.change(by: 700)
        budget.change(by: -100)
        #expect(gatherers.map(\.calls) == [0, 0])
        budget.change(by: -101)
        #expect(gatherers.map(\.calls) == [1, 1])
        budget.change(by: -1)
        #expect(gatherers.map(\.calls) == [1, 1])
    }

    @Test func whenTheFirstLeavesTheNextOneGoesOn() {
        let budget = MemoryBudget(limit: 1000)
        let gatherers = [Gatherer(), Gatherer(), Gatherer()]
        for gatherer in gatherers { budget.enter(gatherer) }
        budget.change(by: 1000)
        budget.leave(gatherers[1])
        #expect(gatherers.map(\.calls) == [0, 0, 0])
        budget.leave(gatherers[0])
        #expect(gatherers.map(\.calls) == [0, 0, 1])
        #expect(budget.mayGrow(gatherers[2]))
    }

    @Test func theFirstDoesNotGrowWhileCompleteAnswersHaveNotLeft() {
        let budget = MemoryBudget(limit: 1000)
        let gatherers = [Gatherer(), Gatherer()]
        for gatherer in gatherers { budget.enter(gatherer) }
        budget.changeQueued(by: 600)
        budget.change(by: 400)
        #expect(!budget.mayGrow(gatherers[0]))
        budget.changeQueued(by: -100)
        #expect(gatherers.map(\.calls) == [0, 0])
        budget.changeQueued(by: -1)
        #expect(gatherers.map(\.calls) == [1, 0])
        #expect(budget.mayGrow(gatherers[0]))
        #expect(!budget.mayGrow(gatherers[1]))
    }

    @Test func whatCannotWaitFitsOrDoesNot() {
        let budget = MemoryBudget(limit: 1000)
        budget.change(by: 400)
        #expect(budget.fits(100))
        #expect(!budget.fits(101))
    }

    @Test func givingBackMoreThanWasTakenIsOurMistake() async {
        await #expect(processExitsWith: .failure) { MemoryBudget(limit: 1000).change(by: -1) }
    }
}
