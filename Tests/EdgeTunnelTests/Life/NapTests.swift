import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct NapTests {
    @Test func aNapIsSleptOut() async {
        #expect(await Nap().sleep(until: .now + .milliseconds(1)) == nil)
    }

    @Test func aWakeEndsANapThatHasNoOtherEnd() async {
        let nap = Nap()
        async let woken = nap.sleep(until: .now + .seconds(3600))
        nap.wake(.reload)
        #expect(await woken == .reload)
    }

    @Test func aWakeThatCameTooEarlyCountsForTheNextNapOnly() async {
        let nap = Nap()
        nap.wake(.dial)
        #expect(await nap.sleep(until: .now + .seconds(3600)) == .dial)
        #expect(await nap.sleep(until: .now + .milliseconds(1)) == nil)
    }

    @Test func aWakeThatIsForgottenEndsNoNap() async {
        let nap = Nap()
        nap.wake(.dial)
        nap.forget()
        #expect(await nap.sleep(until: .now + .milliseconds(1)) == nil)
    }

    @Test(arguments: [[Wake.dial, .reload], [.reload, .dial]])
    func ofTwoWakesTheStrongerCounts(wakes: [Wake]) async {
        let nap = Nap()
        for wake in wakes { nap.wake(wake) }
        #expect(await nap.sleep(until: .now + .seconds(3600)) == .dial)
    }

    @Test func aCancelledTaskSleepsNoMore() async {
        let nap = Nap()
        let sleeper = Task { await nap.sleep(until: .now + .seconds(3600)) }
        sleeper.cancel()
        #expect(await sleeper.value == nil)
    }
}
