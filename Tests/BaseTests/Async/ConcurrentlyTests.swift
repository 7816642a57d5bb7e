import Base
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConcurrentlyTests {
    private struct Refusal: Error, Equatable {
        let number: Int
    }

    /// Counts the calls that are under way.
    private final class Places: Sendable {
        private let counts = Mutex((now: 0, most: 0, all: 0))

        var most: Int { self.counts.withLock { $0.most } }
        var all: Int { self.counts.withLock { $0.all } }

        func enter() {
            self.counts.withLock { counts in
                counts.now += 1
                counts.all += 1
                counts.most = max(counts.most, counts.now)
            }
        }

        func leave() { self.counts.withLock { $0.now -= 1 } }
    }

    @Test(arguments: [(0, 3), (1, 3), (3, 3), (20, 3), (20, 1)])
    func everyElementHasOneCallAndNoMoreThanTheLimitAreUnderWay(count: Int, limit: Int) async {
        let places = Places()
        let results = await concurrently(Array(0..<count), limit: limit) { number in
            places.enter()
            for _ in 0..<number { await Task.yield() }
            places.leave()
            return number * 2
        }
        #expect(results.sorted() == (0..<count).map { $0 * 2 })
        #expect(places.all == count)
        #expect(places.most <= limit)
    }

    /// The first call waits for the fourth, so a list that is cut into pieces of two would never end.
    @Test func aSlowCallHoldsUpOnlyItsOwnPlace() async {
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let results = await concurrently(Array(0..<4), limit: 2) { number in
            if number == 0 { for await _ in begun { break } }
            if number == 3 { signal.yield() }
            return number
        }
        #expect(results.sorted() == [0, 1, 2, 3])
    }

    @Test func anErrorEndsTheCallsUnderWayAndBeginsNoOther() async {
        let places = Places()
        let (silence, keeper) = AsyncStream.makeStream(of: Void.self)
        await #expect(throws: Refusal(number: 1)) {
            try await concurrently(Array(0..<10), limit: 2) { number in
                places.enter()
                if number == 1 { throw Refusal(number: number) }
                // Ends when the task is cancelled.
                for await _ in silence {}
            }
        }
        #expect(places.all == 2)
        keeper.finish()
    }
}
