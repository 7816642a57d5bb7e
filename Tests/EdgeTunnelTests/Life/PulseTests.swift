import NIOCore
import Testing

@testable import EdgeTunnel

/// Signs of life, told without a clock.
@Suite struct PulseTests {
    private static let start = TunnelFixture.start

    private static func at(_ seconds: Int64) -> NIODeadline { self.start + .seconds(seconds) }

    private static func pulse(ping: Int64? = nil, heartbeat: Int64 = 30) -> Pulse {
        var limits = TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(heartbeat))
        limits.ping = ping.map { .seconds($0) }
        return Pulse(limits: limits, now: self.start)
    }

    @Test func aPeerThatNeverAnsweredAPingHasTheContractsTime() {
        var pulse = Self.pulse()
        pulse.pinged(now: Self.at(30))
        #expect(pulse.nextPing == Self.at(60))
        #expect(pulse.death == Self.at(60))
        #expect(Self.pulse(heartbeat: 100).death == Self.at(200))
    }

    @Test func aPeerThatAnswersIsAskedAgainSoonAndGivenUpSooner() {
        var pulse = Self.pulse()
        pulse.pinged(now: Self.at(30))
        pulse.heard(now: Self.at(31))
        #expect(pulse.answered(now: Self.at(31)) == .seconds(1))
        #expect(pulse.nextPing == Self.at(60))
        pulse.pinged(now: Self.at(60))
        #expect(pulse.nextPing == Self.at(70))
        pulse.pinged(now: Self.at(70))
        #expect(pulse.nextPing == Self.at(80))
        #expect(pulse.death == Self.at(90))
        pulse.heard(now: Self.at(75))
        #expect(pulse.nextPing == Self.at(100))
        #expect(pulse.death == Self.at(135))
    }

    @Test func theRoundTripIsThatOfTheFirstPingWithoutAnAnswer() {
        var pulse = Self.pulse()
        #expect(pulse.answered(now: Self.at(1)) == nil)
        pulse.pinged(now: Self.at(30))
        pulse.pinged(now: Self.at(60))
        #expect(pulse.answered(now: Self.at(65)) == .seconds(35))
        #expect(pulse.answered(now: Self.at(66)) == nil)
    }

    @Test func aPathThatForgetsIsPingedMoreOften() {
        var pulse = Self.pulse(ping: 12)
        #expect(pulse.nextPing == Self.at(2))
        pulse.pinged(now: Self.at(12))
        #expect(pulse.nextPing == Self.at(24))
        #expect(pulse.death == Self.at(60))
    }

    @Test func theQuietEndsWithThePingThatFoundTheConnectionDead() {
        var pulse = Self.pulse()
        pulse.heard(now: Self.at(5))
        #expect(pulse.quiet(now: Self.at(25)) == Quiet(gap: .seconds(20), afterPing: false))
        pulse.pinged(now: Self.at(30))
        pulse.pinged(now: Self.at(60))
        #expect(pulse.quiet(now: Self.at(65)) == Quiet(gap: .seconds(25), afterPing: true))
    }
}
