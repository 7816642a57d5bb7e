import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct WriteWatchTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    /// Looks every five seconds; returns what was found.
    private static func watch(_ looks: [(waiting: Int?, moved: Int)]) -> [Bool] {
        var watch = WriteWatch()
        return looks.enumerated().map { index, look in
            watch.isStuck(waiting: look.waiting, moved: look.moved, now: Self.start + .seconds(Int64(index) * 5))
        }
    }

    @Test func anIdleConnectionIsNeverStuck() {
        #expect(Self.watch(Array(repeating: (nil, 0), count: 20)) == Array(repeating: false, count: 20))
    }

    @Test func whatDoesNotMoveForThirtySecondsIsStuck() {
        let looks = Self.watch(Array(repeating: (100, 7), count: 8))
        #expect(looks == [false, false, false, false, false, false, true, true])
    }

    @Test func ofAFewBytesAnyThatMoveStartTheTimeAgain() {
        let looks = (0..<40).map { (waiting: 8000 as Int?, moved: $0 / 5 * 8000) }
        #expect(!Self.watch(looks).contains(true))
    }

    @Test func aTrickleIsStuck() {
        // One KiB in five seconds, while a MiB waits.
        let looks = (0..<8).map { (waiting: 1 << 20 as Int?, moved: $0 * 1024) }
        #expect(Self.watch(looks) == [false, false, false, false, false, false, true, true])
    }

    @Test func theSlowestLinkThatIsHonestIsNot() {
        // A modem of 9,600 bit/s.
        let looks = (0..<100).map { (waiting: 1 << 20 as Int?, moved: $0 * 6000) }
        #expect(!Self.watch(looks).contains(true))
    }

    @Test func aQueueThatWasEmptyInBetweenStartsTheTimeAgain() {
        let full = Array(repeating: (waiting: 100 as Int?, moved: 7), count: 6)
        #expect(!Self.watch(full + [(nil, 7)] + full).contains(true))
    }
}
