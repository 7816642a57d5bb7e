import NIOCore
import NIOEmbedded
import Testing

@testable import DockerBridge

@Suite struct SweeperTests {
    private final class Owner: Sweepable {
        var left = 0
        private(set) var sweeps = 0

        func sweep() -> Bool {
            self.sweeps += 1
            self.left -= 1
            return self.left > 0
        }
    }

    @Test func aSweepFollowsEverySecondWhileThereIsSomethingLeft() {
        let eventLoop = EmbeddedEventLoop()
        let (owner, sweeper) = (Owner(), Sweeper(eventLoop: eventLoop))
        owner.left = 3
        sweeper.watch(owner)
        sweeper.watch(owner)
        eventLoop.advanceTime(by: .milliseconds(999))
        #expect(owner.sweeps == 0)
        for sweeps in [1, 2, 3, 3] {
            eventLoop.advanceTime(by: .milliseconds(sweeps == 1 ? 1 : 1000))
            #expect(owner.sweeps == sweeps)
        }
        // It has rested meanwhile.
        owner.left = 1
        sweeper.watch(owner)
        eventLoop.advanceTime(by: .seconds(10))
        #expect(owner.sweeps == 4)
    }
}
