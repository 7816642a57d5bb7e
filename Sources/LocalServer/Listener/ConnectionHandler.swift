import DockerBridge
import Glibc
import NIOCore

/// A server connection on a NIO channel: passes events on, and is the connection's transport.
///
/// `autoRead` is off, and each read brings one piece.
final class ConnectionHandler: ChannelInboundHandler, ConnectionTransport {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What may wait for a stranger, which has small answers: less than a head.
    static let strangersOutput = ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 10, high: 4 << 10)
    /// Bytes of answers that a stranger's kernel has not asked for yet. Without it our own takes some mebibytes of them for
    /// each connection, and a client that does not read is served until they are full.
    static let strangersUnsent = 16 << 10
    /// The option that bounds them; 0 is the system's default, which is no bound.
    static let unsentOption = ChannelOptions.Types.SocketOption(
        level: .tcp,
        name: NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)
    )
    /// What one read takes of a stranger: some hundred of the smallest requests, so that one who sends many of them does not
    /// keep the loop from the others, and little memory while a head is unfinished.
    static let strangersInput = AdaptiveRecvByteBufferAllocator(minimum: 1 << 10, initial: 4 << 10, maximum: 4 << 10)
    private static let knownInput = AdaptiveRecvByteBufferAllocator(
        minimum: 2 << 10,
        initial: 4 << 10,
        maximum: 64 << 10
    )
    /// NIO's own bounds.
    private static let knownOutput = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 64 << 10)

    private let listenerLoop: ListenerLoop
    private let place: ConnectionPlace
    private var context: ChannelHandlerContext?
    private(set) var connection: ServerConnection?
    private var hasInputEnded = false

    init(listenerLoop: ListenerLoop, place: ConnectionPlace) {
        self.listenerLoop = listenerLoop
        self.place = place
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.opened() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.opened()
        context.fireChannelActive()
    }

    private func opened() {
        guard self.connection == nil else { return }
        let connection = ServerConnection(listenerLoop: self.listenerLoop, place: self.place, transport: self)
        self.connection = connection
        connection.opened()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.connection?.received(self.unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.connection?.readCompleted()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.connection?.outputBecameWritable() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ChannelEvent {
        case .some(.inputClosed):
            self.hasInputEnded = true
            self.connection?.inputEnded()
        case .some(.outputClosed): self.connection?.outputClosed()
        case .none: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.connection?.closed()
        self.connection = nil
        context.fireChannelInactive()
    }

    // MARK: ConnectionTransport

    var eventLoop: any EventLoop { self.listenerLoop.dispatcher.eventLoop }
    var isWritable: Bool { self.context?.channel.isWritable ?? false }

    func write(_ bytes: ByteBuffer) {
        self.context?.write(self.wrapOutboundOut(bytes), promise: nil)
    }

    func flush() {
        self.context?.flush()
    }

    func read() {
        self.context?.read()
    }

    func closeOutput() {
        guard let context = self.context else { return }
        guard self.hasInputEnded else { return context.close(mode: .output, promise: nil) }
        // Closing the second half closes the channel at once, and what waits would be lost.
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    func close() {
        self.context?.close(promise: nil)
    }

    func raiseBounds() {
        let options = self.context?.channel.syncOptions
        try? options?.setOption(.writeBufferWaterMark, value: Self.knownOutput)
        try? options?.setOption(.recvAllocator, value: Self.knownInput)
        // A Unix socket has no such bound.
        try? options?.setOption(Self.unsentOption, value: 0)
    }
}
