import Support
import Testing

@testable import EdgeTunnel

@Suite struct BackoffTests {
    /// Always the same number: the lowest, the highest or the middle of any range.
    private struct Fixed: RandomNumberGenerator {
        let number: UInt64
        func next() -> UInt64 { self.number }
    }

    private static func seconds(_ backoff: inout Backoff, _ generator: some RandomNumberGenerator) -> Double {
        var generator = generator
        return backoff.next(using: &generator).seconds
    }

    @Test func theDelayDoublesUpToItsCap() {
        var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        let lowest = (0..<8).map { _ in Self.seconds(&backoff, Fixed(number: 0)) }
        #expect(lowest == [1, 2, 4, 8, 16, 32, 60, 60].map { $0 * 0.75 })
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
        for _ in 0..<5 { _ = Self.seconds(&backoff, Fixed(number: 0)) }
        backoff.reset()
        #expect(Self.seconds(&backoff, Fixed(number: 0)) == 1.5)
    }

    @Test func thousandsOfFailuresDoNotOverflow() {
        var backoff = Backoff(base: .seconds(86_400), cap: .seconds(86_400))
        for _ in 0..<5000 { #expect(Self.seconds(&backoff, Fixed(number: 0)) == 64_800) }
    }
}
