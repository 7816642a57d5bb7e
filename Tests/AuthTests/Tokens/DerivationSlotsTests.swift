import Testing

@testable import Auth

@Suite struct DerivationSlotsTests {
    @Test func twoRunAndTheThirdTakesTheFirstFreePlace() {
        var queue = DerivationSlots()
        let arrivals = (0..<4).map { _ in queue.arrive() }
        #expect(arrivals[0] == .run && arrivals[1] == .run)
        guard case .wait(let third) = arrivals[2], case .wait(let fourth) = arrivals[3] else {
            Issue.record("\(arrivals)")
            return
        }
        #expect(queue.finish() == third)
        #expect(queue.finish() == fourth)
        #expect(queue.finish() == nil)
        #expect(queue.running == 1)
    }

    @Test func whoGivesUpIsNotCalled() {
        var queue = DerivationSlots()
        let arrivals = (0..<4).map { _ in queue.arrive() }
        guard case .wait(let third) = arrivals[2], case .wait(let fourth) = arrivals[3] else { return }
        queue.giveUp(third)
        #expect(queue.finish() == fourth)
        queue.giveUp(fourth)  // called up at the same moment
        #expect(queue.finish() == nil)
    }

    @Test func theQueueIsBounded() {
        var queue = DerivationSlots()
        let arrivals = (0..<DerivationSlots.maxRunning + DerivationSlots.maxWaiting + 1).map { _ in queue.arrive() }
        #expect(arrivals.last == .refuse)
        #expect(arrivals.dropLast().allSatisfy { $0 != .refuse })
    }
}
