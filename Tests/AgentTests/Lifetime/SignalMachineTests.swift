import Glibc
import Testing

@testable import Agent

@Suite struct SignalMachineTests {
    private static let start = ContinuousClock.Instant.now

    @Test(arguments: [SIGTERM, SIGINT])
    func theFirstSignalStopsAndTheSecondEndsAtOnce(_ signal: CInt) {
        var machine = SignalMachine()
        #expect(machine.received(signal, now: Self.start) == .stop(signal: signal))
        #expect(machine.received(SIGTERM, now: Self.start) == .exitNow(status: 128 + SIGTERM))
        #expect(machine.received(signal, now: Self.start) == nil)
        #expect(machine.elapsed(now: Self.start + .seconds(60)) == nil)
    }

    @Test func aStopHasADeadline() {
        var machine = SignalMachine()
        #expect(machine.wait(now: Self.start) == nil)
        #expect(machine.elapsed(now: Self.start + .seconds(3600)) == nil, "nothing has been asked for")
        _ = machine.received(SIGTERM, now: Self.start)
        let almost = Self.start + SignalMachine.stopLimit - .milliseconds(1)
        #expect(machine.wait(now: almost) == .milliseconds(1))
        #expect(machine.elapsed(now: almost) == nil)
        #expect(machine.elapsed(now: Self.start + SignalMachine.stopLimit) == .giveUp)
        #expect(machine.elapsed(now: Self.start + .seconds(3600)) == nil, "once")
    }

    @Test func theDeadlineLeavesTimeWithinEightSeconds() {
        #expect(SignalMachine.stopLimit <= .milliseconds(7600))
    }

    @Test func aHangUpReloadsUntilTheAgentStops() {
        var machine = SignalMachine()
        #expect(machine.received(SIGHUP, now: Self.start) == .reload)
        #expect(machine.received(SIGHUP, now: Self.start) == .reload)
        #expect(machine.wait(now: Self.start) == nil)
        _ = machine.received(SIGTERM, now: Self.start)
        #expect(machine.received(SIGHUP, now: Self.start) == nil)
    }

    @Test func endedChildrenAreReapedWhateverElseHappens() {
        var machine = SignalMachine()
        #expect(machine.received(SIGCHLD, now: Self.start) == .reap)
        _ = machine.received(SIGTERM, now: Self.start)
        #expect(machine.received(SIGCHLD, now: Self.start) == .reap)
    }

    @Test func otherSignalsAreIgnored() {
        var machine = SignalMachine()
        #expect(machine.received(SIGUSR1, now: Self.start) == nil)
    }
}
