import NIOCore
import Testing

@testable import EdgeTunnel

/// Signs of life, told without a clock.
@Suite struct LivenessTests {
    private static let start = TunnelFixture.start

    private static func at(_ seconds: Int64) -> NIODeadline { self.start + .seconds(seconds) }

    private static func liveness(ping: Int64? = nil, heartbeat: Int64 = 30) -> Liveness {
        var limits = TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(heartbeat))
        limits.ping = ping.map { .seconds($0) }
        return Liveness(limits: limits, now: self.start)
    }

    @Test func aPeerThatNeverAnsweredAPingHasTheContractsTime() {
        var liveness = Self.liveness()
        liveness.pinged(now: Self.at(30))
        #expect(liveness.nextPing == Self.at(60))
        #expect(liveness.death == Self.at(60))
        #expect(Self.liveness(heartbeat: 100).death == Self.at(200))
    }

    @Test func aPeerThatAnswersIsAskedAgainSoonAndGivenUpSooner() {
        var liveness = Self.liveness()
        liveness.pinged(now: Self.at(30))
        liveness.heard(now: Self.at(31))
        #expect(liveness.answered(now: Self.at(31)) == .seconds(1))
        #expect(liveness.nextPing == Self.at(60))
        liveness.pinged(now: Self.at(60))
        #expect(liveness.nextPing == Self.at(70))
        liveness.pinged(now: Self.at(70))
        #expect(liveness.nextPing == Self.at(80))
        #expect(liveness.death == Self.at(90))
        liveness.heard(now: Self.at(75))
        #expect(liveness.nextPing == Self.at(100))
        #expect(liveness.death == Self.at(135))
    }

    @Test func theRoundTripIsThatOfTheFirstPingWithoutAnAnswer() {
        var liveness = Self.liveness()
        #expect(liveness.answered(now: Self.at(1)) == nil)
        liveness.pinged(now: Self.at(30))
        liveness.pinged(now: Self.at(60))
        #expect(liveness.answered(now: Self.at(65)) == .seconds(35))
        #expect(liveness.answered(now: Self.at(66)) == nil)
    }

    @Test func aPathThatForgetsIsPingedMoreOften() {
        var liveness = Self.liveness(ping: 12)
        #expect(liveness.nextPing == Self.at(2))
        liveness.pinged(now: Self.at(12))
        #expect(liveness.nextPing == Self.at(24))
        #expect(liveness.death == Self.at(60))
    }

    @Test func theQuietEndsWithThePingThatFoundTheConnectionDead() {
        var liveness = Self.liveness()
        liveness.heard(now: Self.at(5))
        #expect(liveness.quiet(now: Self.at(25)) == Quiet(gap: .seconds(20), afterPing: false))
        liveness.pinged(now: Self.at(30))
        liveness.pinged(now: Self.at(60))
        #expect(liveness.quiet(now: Self.at(65)) == Quiet(gap: .seconds(25), afterPing: true))
    }
}
