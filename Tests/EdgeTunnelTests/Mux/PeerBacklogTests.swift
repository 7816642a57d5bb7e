import NIOCore
import NIOEmbedded
import NIOPosix
import Support
import Testing

@testable import EdgeTunnel

@Suite struct PeerBacklogTests {
    private func answers(_ looks: [(window: Int?, milliseconds: Int64)]) -> [Bool] {
        var backlog = PeerBacklog()
        return looks.map {
            backlog.isLong(window: $0.window, now: .uptimeNanoseconds(0) + .milliseconds($0.milliseconds))
        }
    }

    @Test func whatIsMissingFromTheLargestWindowIsUnread() {
        let limit = PeerBacklog.limit
        let windows = [100_000, 6_000_000, 6_000_000 - limit, 6_000_000 - limit - 1, 0, 5_500_000]
        #expect(self.answers(windows.map { ($0, 1) }) == [false, false, false, true, true, false])
    }

    /// A small window is no backlog: it may be all that the other end has.
    @Test func aSmallBufferIsNeverLong() {
        #expect(self.answers([(PeerBacklog.limit, 1), (0, 1), (PeerBacklog.limit, 1)]) == [false, false, false])
    }

    @Test func aWindowThatStaysIsAllThereIs() {
        let looks: [(Int?, Int64)] = [
            (6_000_000, 1), (2_000_000, 2), (2_000_000, 52), (2_000_000, 53), (1_000_000, 54), (900_000, 55),
        ]
        #expect(self.answers(looks) == [false, true, true, false, false, true])
    }

    @Test func anUnknownWindowHoldsNothingBack() {
        let unknown = PeerBacklog.window(of: EmbeddedChannel())
        #expect(self.answers([(10_000_000, 1), (unknown, 1)]) == [false, false])
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
        func window(where isExpected: (Int) -> Bool) async throws -> Bool {
            for _ in 0..<2000 {
                let window = try await channel.eventLoop.submit { PeerBacklog.window(of: channel) }.get()
                if isExpected(try #require(window, "a kernel that does not tell")) { return true }
                try await Task.sleep(for: .milliseconds(5))
            }
            return false
        }
        let isOpenAtFirst = try await window { $0 > 32 * 1024 }
        #expect(isOpenAtFirst)
        channel.writeAndFlush(ByteBuffer(repeating: 0, count: 4 << 20), promise: nil)
        let isShutByWhatLiesUnread = try await window { $0 < 16 * 1024 }
        #expect(isShutByWhatLiesUnread)
        try await peer.setOption(.autoRead, value: true).get()
        let isOpenAgain = try await window { $0 > 32 * 1024 }
        #expect(isOpenAgain)
        try await channel.close()
        try? await peer.close()
        try await listener.close()
    }
}
