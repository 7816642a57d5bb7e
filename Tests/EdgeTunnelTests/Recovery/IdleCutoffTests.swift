import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct IdleCutoffTests {
    private static func quiet(_ seconds: Int64, afterPing: Bool) -> Quiet {
        Quiet(gap: .seconds(seconds), afterPing: afterPing)
    }

    @Test func onePingThatMetSilenceHalvesTheInterval() {
        var cutoff = IdleCutoff()
        cutoff.died(Self.quiet(30, afterPing: true))
        #expect(cutoff.interval == .seconds(15), "the next session already pings so")
        cutoff.redialled(welcomed: true)
        #expect(cutoff.interval == .seconds(15))
    }

    @Test func anOutageTeachesNothing() {
        var cutoff = IdleCutoff()
        cutoff.died(Self.quiet(30, afterPing: true))
        cutoff.redialled(welcomed: false)
        cutoff.redialled(welcomed: true)
        #expect(cutoff.interval == nil)
    }

    @Test func aConnectionClosedAfterAQuietTimeTakesTwoAlike() {
        var cutoff = IdleCutoff()
        for gap in [60, 25, 62] as [Int64] {
            cutoff.died(Self.quiet(gap, afterPing: false))
            cutoff.redialled(welcomed: true)
            #expect(cutoff.interval == nil)
        }
        cutoff.died(Self.quiet(60, afterPing: false))
        cutoff.redialled(welcomed: true)
        #expect(cutoff.interval == .seconds(30))
    }

    @Test(arguments: [5, 9] as [Int64])
    func aShortGapIsNoCutoff(seconds: Int64) {
        var cutoff = IdleCutoff()
        cutoff.died(Self.quiet(seconds, afterPing: true))
        cutoff.redialled(welcomed: true)
        #expect(cutoff.interval == nil)
    }

    @Test func theIntervalOnlyShrinksAndStaysAboveItsFloor() {
        var cutoff = IdleCutoff()
        for (gap, interval) in [(15, 7.5), (40, 7.5), (10, 5)] as [(Int64, Double)] {
            cutoff.died(Self.quiet(gap, afterPing: true))
            cutoff.redialled(welcomed: true)
            #expect(cutoff.interval == .milliseconds(Int64(interval * 1000)))
        }
    }
}
