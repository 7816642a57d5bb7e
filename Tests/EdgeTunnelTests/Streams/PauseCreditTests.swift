import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct PauseCreditTests {
    private static func after(_ seconds: Int64) -> NIODeadline {
        .uptimeNanoseconds(1_000_000_000_000) + .seconds(seconds)
    }

    @Test func itIsSpentOnlyWhileTheTunnelWaits() {
        var credit = PauseCredit(.seconds(10))
        #expect(credit.end == nil)
        credit.spend(true, now: Self.after(0))
        #expect(credit.end == Self.after(10))
        credit.spend(false, now: Self.after(4))
        #expect(credit.end == nil)
        credit.spend(true, now: Self.after(100))
        #expect(credit.end == Self.after(106))
    }

    @Test func whatIsSaidTwiceCountsOnce() {
        var credit = PauseCredit(.seconds(10))
        credit.spend(false, now: Self.after(0))
        credit.spend(true, now: Self.after(0))
        credit.spend(true, now: Self.after(5))
        #expect(credit.end == Self.after(10))
    }

    @Test func itIsEarnedBackWhileItIsSpentAndNeverBeyondTheWhole() {
        var credit = PauseCredit(.seconds(10))
        credit.spend(true, now: Self.after(0))
        credit.earn(.seconds(3), now: Self.after(5))
        #expect(credit.end == Self.after(13))
        credit.earn(.hours(1), now: Self.after(6))
        #expect(credit.end == Self.after(16))
        credit.spend(false, now: Self.after(8))
        credit.earn(.hours(1), now: Self.after(9))
        credit.spend(true, now: Self.after(20))
        #expect(credit.end == Self.after(30))
    }

    @Test func timeInWhichNothingIsSpentGivesAPartBackWhereThatIsWanted() {
        var credit = PauseCredit(.seconds(10), regain: 8)
        credit.spend(true, now: Self.after(0))
        credit.spend(false, now: Self.after(10))
        credit.spend(true, now: Self.after(26))
        #expect(credit.end == Self.after(28))
        credit.spend(false, now: Self.after(28))
        credit.spend(true, now: Self.after(10_000))
        #expect(credit.end == Self.after(10_010), "never beyond the whole")
    }

    /// It may be looked at late.
    @Test func whatWasSpentBeyondItHasToBeEarnedBackFirst() {
        var credit = PauseCredit(.seconds(10))
        credit.spend(true, now: Self.after(0))
        credit.earn(.seconds(1), now: Self.after(15))
        #expect(credit.end == Self.after(11))
    }
}
