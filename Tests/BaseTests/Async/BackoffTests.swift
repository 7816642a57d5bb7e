import Support
import Testing

@testable import Base

@Suite struct BackoffTests {
    /// Always the middle of any range.
    private struct Middle: RandomNumberGenerator {
        func next() -> UInt64 { 1 << 63 }
    }

    /// The next delay without its spread, in seconds.
    private static func seconds(_ backoff: inout Backoff) -> Double {
        var generator = Middle()
        return (backoff.next(using: &generator).seconds * 100).rounded() / 100
    }

    @Test func theDelayDoublesUpToItsCap() {
        var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        let delays = (0..<8).map { _ in Self.seconds(&backoff) }
        #expect(delays == [1, 2, 4, 8, 16, 32, 60, 60])
    }

    @Test func everyDelayIsSpreadByAQuarterEitherWay() {
        var random = SplitMix(seed: 7)
        var delays: [Double] = []
        for _ in 0..<500 {
            var backoff = Backoff(base: .seconds(4), cap: .seconds(60))
            delays.append(backoff.next(using: &random).seconds)
        }
        #expect(delays.allSatisfy { (3.0...5.0).contains($0) })
        #expect(delays.contains { $0 < 3.5 } && delays.contains { $0 > 4.5 })
    }

    @Test func theLongestWaitIsSeventyFiveSeconds() {
        var random = SplitMix(seed: 3)
        var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        let longest = (0..<2000).map { _ in backoff.next(using: &random).seconds }.max() ?? 0
        #expect(longest <= 75)
        #expect(longest > 74)
    }

    @Test func aResetBeginsAgainFromTheBase() {
        var backoff = Backoff(base: .seconds(2), cap: .seconds(60))
        for _ in 0..<5 { _ = Self.seconds(&backoff) }
        backoff.reset()
        let first = Self.seconds(&backoff)
        #expect(first == 2)
    }

    @Test func thousandsOfFailuresDoNotOverflow() {
        var backoff = Backoff(base: .seconds(86_400), cap: .seconds(86_400))
        let delays = Set((0..<5000).map { _ in Self.seconds(&backoff) })
        #expect(delays == [86_400])
    }
}
