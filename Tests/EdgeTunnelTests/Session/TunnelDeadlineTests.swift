import NIOCore
import Testing

@testable import EdgeTunnel

/// The deadlines of a tunnel, told without a clock.
@Suite struct TunnelDeadlineTests {
    private let start = TunnelFixture.start

    @Test(
        arguments: [
            (.idle, nil), (.greeting, 30), (.live, 2), (.draining, 4), (.closing, 2), (.closed, nil),
        ] as [(TunnelPhase, Int64?)]
    )
    func everyPhaseHasItsNextDeadline(phase: TunnelPhase, seconds: Int64?) {
        let machine = TunnelFixture.machine(in: phase)
        let deadline = machine.nextDeadline
        #expect(deadline == seconds.map { self.start + .seconds($0) })
    }

    @Test func aDeadlineIsMetToTheNanosecond() {
        let deadlines: [(TunnelPhase, Int64, SessionEnd)] = [
            (.greeting, 30, .welcomeTimedOut), (.draining, 4, .shutDown), (.closing, 2, .shutDown),
        ]
        for (phase, seconds, end) in deadlines {
            var machine = TunnelFixture.machine(in: phase)
            let early = machine.tick(now: self.start + .seconds(seconds) - .nanoseconds(1))
            #expect(early == .none, "\(phase)")
            let late = machine.tick(now: self.start + .seconds(seconds))
            #expect(late == .close(TestMachine.Closing(end)), "\(phase)")
        }
    }

    @Test func pingsFollowTheHeartbeatWhileThePeerIsHeard() {
        var machine = TunnelFixture.machine(in: .live)
        var pings: [Int64] = []
        for second in Int64(1)...95 {
            let now = self.start + .seconds(second)
            machine.heard(now: now)
            let action = machine.tick(now: now)
            if action == .ping { pings.append(second) } else { #expect(action == .none) }
        }
        #expect(pings == [2, 32, 62, 92], "the first one early, to learn the round trip")
    }

    @Test func aLatePingDoesNotBringASecondOneAtOnce() {
        var machine = TunnelFixture.machine(in: .live)
        let late = machine.tick(now: self.start + .seconds(50))
        #expect(late == .ping)
        machine.heard(now: self.start + .seconds(50))
        let next = machine.nextDeadline
        #expect(next == self.start + .seconds(80))
    }

    @Test func anyByteIsASignOfLife() {
        var machine = TunnelFixture.machine(in: .live)
        machine.heard(now: self.start + .seconds(59))
        let atSixty = machine.tick(now: self.start + .seconds(60))
        #expect(atSixty == .ping)
        let before = machine.tick(now: self.start + .seconds(119) - .nanoseconds(1))
        #expect(before == .ping)
        let atLimit = machine.tick(now: self.start + .seconds(119))
        let quiet = Quiet(gap: .seconds(1), afterPing: true)
        #expect(atLimit == .close(TestMachine.Closing(.silent, quiet: quiet, TunnelFixture.open)))
    }

    @Test(arguments: [(1, 60), (30, 60), (31, 62), (3600, 7200)] as [(Int64, Int64)])
    func silenceLastsTwoHeartbeatsAndAtLeastAMinute(heartbeat: Int64, silence: Int64) {
        #expect(TunnelLimits(welcome: .seconds(1), heartbeat: .seconds(heartbeat)).silence == .seconds(silence))
    }

    @Test func silenceBeforeTheWelcomeIsTheWelcomesDeadlineOnly() {
        var machine = TestMachine(limits: TunnelLimits(welcome: .seconds(600), heartbeat: .seconds(1)))
        _ = machine.upgraded(now: self.start)
        let tick = machine.tick(now: self.start + .seconds(599))
        #expect(tick == .none)
    }

    @Test func aFlushNeverMovesTheEndOfAShutdownBack() {
        var machine = TunnelFixture.machine(in: .draining)
        _ = machine.flushed(now: self.start + .seconds(3))
        let deadline = machine.nextDeadline
        #expect(deadline == self.start + .seconds(4), "the whole shutdown has 4 s")
    }

    @Test func aSecondShutdownDoesNotBuyTime() {
        var machine = TunnelFixture.machine(in: .draining)
        _ = machine.shutdownRequested(now: self.start + .seconds(3))
        let deadline = machine.nextDeadline
        #expect(deadline == self.start + .seconds(4))
    }
}
