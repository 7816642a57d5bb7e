import NIOCore

/// Carries a `SOCKSHandshake` over its channel, and leaves when it is done.
final class SOCKSHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var handshake: SOCKSHandshake
    private let proxy: Proxy
    private let connected: EventLoopPromise<Void>
    private var received = ByteBuffer()

    /// - Returns: succeeds when the way is open.
    static func start(_ handshake: SOCKSHandshake, proxy: Proxy, on channel: any Channel) -> EventLoopFuture<Void> {
        let connected = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute {
            do {
                let handler = SOCKSHandler(handshake, proxy: proxy, connected: connected)
                try channel.pipeline.syncOperations.addHandler(handler)
            } catch {
                // The channel has closed meanwhile.
                connected.fail(Self.hangUp(proxy))
            }
        }
        return connected.futureResult
    }

    private init(_ handshake: SOCKSHandshake, proxy: Proxy, connected: EventLoopPromise<Void>) {
        self.handshake = handshake
        self.proxy = proxy
        self.connected = connected
    }

    func handlerAdded(context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(self.handshake.greeting), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.received.writeBuffer(&bytes)
        while true {
            switch self.handshake.received(&self.received) {
            case .needsMore: return
            case .send(let message): context.writeAndFlush(self.wrapOutboundOut(message), promise: nil)
            case .connected:
                self.connected.succeed(())
                context.pipeline.syncOperations.removeHandler(self, promise: nil)
                return
            case .refused(let why):
                self.connected.fail(DialError.failed(.proxy, "the proxy \(self.proxy) \(why)"))
                context.close(promise: nil)
                return
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.connected.fail(DialError.failed(.proxy, ConnectFailure.broken(error, "the proxy \(self.proxy)")))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.connected.fail(Self.hangUp(self.proxy))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // The channel may have closed before this was added, and then says nothing any more.
        self.connected.fail(Self.hangUp(self.proxy))
    }

    private static func hangUp(_ proxy: Proxy) -> DialError {
        .failed(.proxy, "the proxy \(proxy) closed the connection")
    }
}
