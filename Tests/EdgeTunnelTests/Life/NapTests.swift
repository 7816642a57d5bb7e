import Testing

@testable import EdgeTunnel

@Suite struct NapTests {
    @Test func aNapIsSleptOut() async {
        #expect(await Nap().sleep(until: .now + .milliseconds(1)) == false)
    }

    @Test(.timeLimit(.minutes(1)))
    func aWakeEndsANapThatHasNoOtherEnd() async {
        let nap = Nap()
        async let woken = nap.sleep(until: .now + .seconds(3600))
        nap.wake()
        #expect(await woken)
    }

    @Test(.timeLimit(.minutes(1)))
    func aWakeThatCameTooEarlyCountsForTheNextNapOnly() async {
        let nap = Nap()
        nap.wake()
        #expect(await nap.sleep(until: .now + .seconds(3600)))
        #expect(await nap.sleep(until: .now + .milliseconds(1)) == false)
    }

    @Test(.timeLimit(.minutes(1)))
    func aCancelledTaskSleepsNoMore() async {
        let nap = Nap()
        let sleeper = Task { await nap.sleep(until: .now + .seconds(3600)) }
        sleeper.cancel()
        #expect(await sleeper.value == false)
    }
}
