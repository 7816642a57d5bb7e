import NIOCore
import NIOEmbedded
import NIOPosix
import Support
import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct PeerBacklogTests {
    /// - Parameter looks: windows; a negative one is seen at a look.
    private func answers(_ windows: [Int]) -> [Bool] {
        var backlog = PeerBacklog()
        return windows.map { backlog.isLong(window: abs($0), isLook: $0 < 0) }
    }

    @Test func whatIsMissingFromTheLargestWindowIsUnread() {
        let (most, limit, rest) = (6_000_000, PeerBacklog.limit, PeerBacklog.rest)
        let windows = [100_000, most, most - limit, most - limit - 1, most - limit, most - rest - 1, most - rest]
        #expect(self.answers(windows) == [false, false, false, true, true, true, false])
    }

    /// A small window is no backlog: it may be all that the other end has.
    @Test func aSmallBufferIsNeverLong() {
        #expect(self.answers([PeerBacklog.limit, 0, PeerBacklog.limit]) == [false, false, false])
    }

    @Test func whileTheOtherEndReadsOnOneWaits() {
        #expect(
            self.answers([6_000_000, 2_000_000, -2_000_001, -3_000_000, -5_900_000]) == [
                false, true, true, true, false,
            ]
        )
    }

    @Test func aWindowThatDoesNotGrowIsAllThereIs() {
        let windows = [6_000_000, 2_000_000, 2_000_000, -2_000_000, 1_500_000, 900_000]
        #expect(self.answers(windows) == [false, true, true, false, false, true])
    }

    @Test func anUnknownWindowHoldsNothingBack() {
        var backlog = PeerBacklog()
        let long = [10_000_000, PeerBacklog.window(of: EmbeddedChannel())].map {
            backlog.isLong(window: $0, isLook: false)
        }
        #expect(long == [false, false])
    }

    @Test func theKernelTellsHowMuchRoomIsLeftAtTheOtherEnd() async throws {
        let accepted = Mailbox<any Channel>()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // A buffer of a size that was asked for does not grow under the test.
            .serverChannelOption(.socketOption(.so_rcvbuf), value: 256 * 1024)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                accepted.put(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(to: listener.localAddress!).get()
        let peer = try await accepted.next()
        /// Acknowledgements take their time, but come.
        func waitForWindow(where isExpected: (Int) -> Bool) async throws {
            try await until {
                let window = try await channel.eventLoop.submit { PeerBacklog.window(of: channel) }.get()
                return isExpected(try #require(window, "a kernel that does not tell"))
            }
        }
        try await waitForWindow { $0 > 32 * 1024 }
        channel.writeAndFlush(ByteBuffer(repeating: 0, count: 4 << 20), promise: nil)
        try await waitForWindow { $0 < 16 * 1024 }
        try await peer.setOption(.autoRead, value: true).get()
        try await waitForWindow { $0 > 32 * 1024 }
        try await channel.close()
        try? await peer.close()
        try await listener.close()
    }
}
