import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct MessageWatchTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private struct Look {
        var message: Int?
        var received: Int
        var isPaused = false
    }

    /// Looks every five seconds.
    /// - Returns: the second of the first look that finds a message stuck.
    private static func stuck(looks: Int, _ look: (Int) -> Look) -> Int? {
        var watch = MessageWatch()
        return (0..<looks).first { index in
            let look = look(index)
            return watch.isStuck(
                message: look.message,
                received: look.received,
                isPaused: look.isPaused,
                now: Self.start + .seconds(Int64(index) * 5)
            )
        }.map { $0 * 5 }
    }

    @Test func whatLiesBetweenTwoMessagesIsNeverStuck() {
        #expect(Self.stuck(looks: 1000) { _ in Look(message: nil, received: 0) } == nil)
    }

    @Test func aMessageThatDoesNotGoOnIsStuckAfterAMinute() {
        #expect(Self.stuck(looks: 100) { _ in Look(message: 1, received: 10) } == 60)
    }

    @Test func aMessageThatTricklesIsStuck() {
        #expect(Self.stuck(looks: 100) { Look(message: 1, received: $0 * 1000) } == 60)
    }

    @Test func aMessageThatComesSlowlyHasFiveMinutes() {
        #expect(Self.stuck(looks: 100) { Look(message: 1, received: $0 * 100_000) } == 300)
    }

    @Test func theNextMessageHasItsOwnTime() {
        #expect(Self.stuck(looks: 1000) { Look(message: $0 / 10, received: $0) } == nil)
    }

    @Test func whileTheTunnelIsNotReadNothingIsBlamedOnThePeer() {
        #expect(Self.stuck(looks: 1000) { _ in Look(message: 1, received: 10, isPaused: true) } == nil)
    }
}
