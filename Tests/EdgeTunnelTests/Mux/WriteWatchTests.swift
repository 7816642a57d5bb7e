import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct WriteWatchTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    /// Looks every five seconds; returns the marks' answers.
    private static func watch(_ marks: [Int?]) -> [Bool] {
        var watch = WriteWatch()
        return marks.enumerated().map { index, mark in
            watch.isStuck(mark: mark, now: Self.start + .seconds(Int64(index) * 5))
        }
    }

    @Test func anIdleConnectionIsNeverStuck() {
        #expect(Self.watch(Array(repeating: nil, count: 20)) == Array(repeating: false, count: 20))
    }

    @Test func theSameMarkForThirtySecondsIsStuck() {
        #expect(Self.watch(Array(repeating: 7, count: 8)) == [false, false, false, false, false, false, true, true])
    }

    @Test func anyMovementStartsTheTimeAgain() {
        #expect(!Self.watch([7, 7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8]).contains(true))
        #expect(!Self.watch([7, 7, 7, 7, 7, 7, nil, 7, 7, 7, 7, 7, 7]).contains(true))
    }
}
