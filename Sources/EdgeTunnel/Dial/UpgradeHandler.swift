import Auth
import DockerBridge
import NIOCore

/// Asks the controller to speak WebSocket, and hands the channel over once it does.
///
/// No subprotocol and no extension is offered: a Drydock answers 400 to the subprotocol that its own guide names.
/// Concurrency: one event loop; `upgraded` carries the result off it. Deadlines are the dialer's.
final class UpgradeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let hostHeader: String
    private let path: String
    private let userAgent: String
    private let upgraded: EventLoopPromise<Void>
    private let key = HandshakeKey.random()
    private var received = ByteBuffer()
    private var isDone = false

    /// - Parameter upgraded: succeeds once a 101 with the right accept value came; `handOver` is due then.
    init(address: ControllerAddress, dialect: Dialect, userAgent: String, upgraded: EventLoopPromise<Void>) {
        self.hostHeader = address.hostHeader
        self.path = address.path(for: dialect)
        self.userAgent = userAgent
        self.upgraded = upgraded
    }

    func channelActive(context: ChannelHandlerContext) {
        self.sendRequest(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.received.writeBuffer(&bytes)
        guard !self.isDone else { return }
        do {
            guard let parsed = try ResponseHeadParser.parse(&self.received) else { return }
            self.isDone = true
            if let refusal = self.refusal(parsed.head) {
                self.upgraded.fail(refusal)
                context.close(promise: nil)
            } else {
                self.upgraded.succeed(())
            }
        } catch {
            self.fail(context, "the controller's answer is not HTTP/1.1")
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.isDone = true
        self.upgraded.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.upgraded.fail(DialError.failed(.upgrade, "the controller closed the connection without an answer"))
        context.fireChannelInactive()
    }

    /// Puts `next` in this handler's place and gives it the frames that came right behind the 101.
    static func handOver(_ channel: any Channel, to next: some ChannelInboundHandler) throws {
        let upgrade = try channel.pipeline.syncOperations.handler(type: UpgradeHandler.self)
        try channel.pipeline.syncOperations.addHandler(next, position: .after(upgrade))
        if upgrade.received.readableBytes > 0 {
            let context = try channel.pipeline.syncOperations.context(handler: upgrade)
            context.fireChannelRead(upgrade.wrapInboundOut(upgrade.received))
            context.fireChannelReadComplete()
        }
        channel.pipeline.syncOperations.removeHandler(upgrade, promise: nil)
    }

    private func sendRequest(_ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: 512)
        buffer.writeString(
            """
            GET \(self.path) HTTP/1.1\r
            Host: \(self.hostHeader)\r
            User-Agent: \(self.userAgent)\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: \(self.key.text)\r
            \r\n
            """
        )
        context.writeAndFlush(self.wrapOutboundOut(buffer), promise: nil)
    }

    private func refusal(_ head: ResponseHead) -> DialError? {
        guard head.status == 101 else { return .refused(status: head.status) }
        guard head.fields.first("sec-websocket-accept") == self.key.accept else {
            return .failed(.upgrade, "the answer's Sec-WebSocket-Accept does not fit; a proxy may have replied instead")
        }
        return nil
    }

    private func fail(_ context: ChannelHandlerContext, _ what: String) {
        self.isDone = true
        self.upgraded.fail(DialError.failed(.upgrade, what))
        context.close(promise: nil)
    }
}
