import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct WakeableSleepTests {
    @Test func aSleepIsSleptOut() async {
        #expect(await WakeableSleep().sleep(until: .now + .milliseconds(1)) == nil)
    }

    @Test func aWakeEndsASleepThatHasNoOtherEnd() async {
        let pause = WakeableSleep()
        async let woken = pause.sleep(until: .now + .seconds(3600))
        pause.wake(.reload)
        #expect(await woken == .reload)
    }

    @Test func aWakeThatCameTooEarlyCountsForTheNextSleepOnly() async {
        let pause = WakeableSleep()
        pause.wake(.dial)
        #expect(await pause.sleep(until: .now + .seconds(3600)) == .dial)
        #expect(await pause.sleep(until: .now + .milliseconds(1)) == nil)
    }

    @Test func aWakeThatIsForgottenEndsNoSleep() async {
        let pause = WakeableSleep()
        pause.wake(.dial)
        pause.forget()
        #expect(await pause.sleep(until: .now + .milliseconds(1)) == nil)
    }

    @Test(arguments: [[Wake.dial, .reload], [.reload, .dial]])
    func ofTwoWakesTheStrongerCounts(wakes: [Wake]) async {
        let pause = WakeableSleep()
        for wake in wakes { pause.wake(wake) }
        #expect(await pause.sleep(until: .now + .seconds(3600)) == .dial)
    }

    @Test func aCancelledTaskSleepsNoMore() async {
        let pause = WakeableSleep()
        let sleeper = Task { await pause.sleep(until: .now + .seconds(3600)) }
        sleeper.cancel()
        #expect(await sleeper.value == nil)
    }
}
