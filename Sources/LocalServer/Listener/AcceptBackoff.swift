import Glibc
import Logging
import NIOCore
import NIOPosix

/// How long accepting pauses when the process or the host has no descriptor or memory left for one more connection: the
/// waiting connection stays in the kernel's queue, and without a pause the loop would try again at once, for ever.
///
/// 50 ms, doubled up to 1 s while it goes on.
struct AcceptBackoff {
    static let first = TimeAmount.milliseconds(50)
    private static let longest = TimeAmount.seconds(1)

    private var delay = AcceptBackoff.first
    private var last: NIODeadline?

    /// - Returns: `nil` for an error that concerns one connection only.
    mutating func pause(after errorNumber: CInt, now: NIODeadline) -> TimeAmount? {
        switch errorNumber {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: break
        default: return nil
        }
        // Twice the longest pause without an error: that shortage is over.
        if let last = self.last, now - last < Self.longest * 2 {
            self.delay = min(self.delay * 2, Self.longest)
        } else {
            self.delay = Self.first
        }
        self.last = now
        return self.delay
    }
}

/// What stands in front of a listening socket.
///
/// It turns `autoRead` off for a pause: NIO counts a failed accept as one that is still wanted, so to hold its reads back
/// is not enough.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private var backoff = AcceptBackoff()
    private var resumption: Scheduled<Void>?
    private let whenNew: (IOError) -> Void

    /// A bootstrap for a listening socket that pauses.
    ///
    /// - Parameters:
    ///   - connections: what cannot be accepted during a shortage, for the log.
    ///   - backlog: connections that may wait in the kernel.
    static func bootstrap(
        _ group: any EventLoopGroup,
        _ connections: String,
        backlog: Int32,
        logger: Logger
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = AcceptPause { error in
                        logger.warning(
                            "no \(connections) can be accepted at the moment",
                            metadata: ["error": "\(error)"]
                        )
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
    }

    /// - Parameter whenNew: told of the first error of a shortage.
    init(whenNew: @escaping (IOError) -> Void) {
        self.whenNew = whenNew
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        let eventLoop = context.eventLoop
        guard let pause = self.backoff.pause(after: error.errnoCode, now: eventLoop.now) else { return }
        if pause == AcceptBackoff.first { self.whenNew(error) }
        let channel = context.channel
        try? channel.syncOptions?.setOption(.autoRead, value: false)
        self.resumption?.cancel()
        self.resumption = eventLoop.assumeIsolated().scheduleTask(in: pause) {
            self.resumption = nil
            try? channel.syncOptions?.setOption(.autoRead, value: true)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.resumption?.cancel()
        context.fireChannelInactive()
    }
}
