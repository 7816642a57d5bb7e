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
        cutoff.redialled(answered: true)
        #expect(cutoff.interval == .seconds(15))
    }

    @Test func anOutageTeachesNothing() {
        var cutoff = IdleCutoff()
        cutoff.died(Self.quiet(30, afterPing: true))
        cutoff.redialled(answered: false)
        cutoff.redialled(answered: true)
        #expect(cutoff.interval == nil)
    }

    @Test func aConnectionClosedAfterAQuietTimeTakesTwoAlike() {
        var cutoff = IdleCutoff()
        for gap in [60, 25, 62] as [Int64] {
            cutoff.died(Self.quiet(gap, afterPing: false))
            cutoff.redialled(answered: true)
            #expect(cutoff.interval == nil)
        }
        cutoff.died(Self.quiet(60, afterPing: false))
        cutoff.redialled(answered: true)
        #expect(cutoff.interval == .seconds(30))
    }

    @Test(arguments: [(5, true), (5, false), (9, false)] as [(Int64, Bool)])
    func aShortGapIsNoCutoff(seconds: Int64, afterPing: Bool) {
        var cutoff = IdleCutoff()
        for _ in 0..<2 {
            cutoff.died(Self.quiet(seconds, afterPing: afterPing))
            cutoff.redialled(answered: true)
            #expect(cutoff.interval == nil)
        }
    }

    /// A box that forgets after 6 s: 30 s, 15 s and 7.5 s are too long, 5 s are not.
    @Test func theIntervalGoesDownToTheShortestByItself() {
        var cutoff = IdleCutoff()
        var interval = 30.0
        var tries: [Double] = []
        while interval > 6, tries.count < 10 {
            cutoff.died(Quiet(gap: .milliseconds(Int64(interval * 1000)), afterPing: true))
            cutoff.redialled(answered: true)
            interval = Double(cutoff.interval?.nanoseconds ?? .max) / 1e9
            tries.append(interval)
        }
        #expect(tries == [15, 7.5, 5])
    }

    /// After a silent cut the controller holds the last session for up to a minute, and says only that.
    @Test(arguments: [
        (SessionEnd.rejected(code: "agent-already-connected", message: ""), true),
        (.closedByController(code: 1008, reason: "hello timeout"), true), (.dialFailed(.tcp, "refused"), false),
        (.upgradeRefused(status: 502, retryAfter: nil), false), (.welcomeTimedOut, false), (.lost("reset"), false),
    ])
    func anyWordOfTheControllerConfirmsWhatWasLearnt(end: SessionEnd, confirms: Bool) {
        #expect(end.isControllersWord == confirms)
    }

    @Test func theIntervalOnlyShrinksAndStaysAboveItsFloor() {
        var cutoff = IdleCutoff()
        for (gap, interval) in [(15, 7.5), (40, 7.5), (10, 5)] as [(Int64, Double)] {
            cutoff.died(Self.quiet(gap, afterPing: true))
            cutoff.redialled(answered: true)
            #expect(cutoff.interval == .milliseconds(Int64(interval * 1000)))
        }
    }
}
