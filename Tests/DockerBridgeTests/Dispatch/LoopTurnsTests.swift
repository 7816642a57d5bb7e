import NIOCore
import NIOEmbedded
import Testing

@testable import DockerBridge

@Suite struct LoopTurnsTests {
    private final class Log {
        var turns: [[Int]] = [[]]
    }

    /// Lets the loop turn until nobody waits.
    ///
    /// - Returns: who went on in each turn; the first is the one in which they began to wait.
    private static func turns(of begin: (LoopTurns, Log) -> Void) -> [[Int]] {
        let loop = EmbeddedEventLoop()
        let (turns, log) = (LoopTurns(eventLoop: loop), Log())
        begin(turns, log)
        loop.run()
        while !turns.isIdle {
            log.turns.append([])
            loop.advanceTime(by: .milliseconds(1))
        }
        return log.turns
    }

    @Test func whoHasMoreToDoGoesOnInAnotherTurn() {
        let seen = Self.turns { turns, log in
            func work(_ rest: Int) {
                log.turns[log.turns.count - 1].append(rest)
                if rest > 0 { turns.later { work(rest - 1) } }
            }
            work(3)
        }
        #expect(seen == [[3], [2], [1], [0]])
    }

    @Test func manyGoOnInTheOrderInWhichTheyCame() {
        let seen = Self.turns { turns, log in
            for number in 0..<40 { turns.later { log.turns[log.turns.count - 1].append(number) } }
        }
        #expect(seen == [[], Array(0..<16), Array(16..<32), Array(32..<40)])
    }
}
