import Glibc
import NIOCore

/// One connection to the engine: the channel handler between the socket and whatever exchange runs on it.
///
/// Concurrency: lives on the event loop of its channel, which is also the loop of the exchange's sink. Reading is
/// on demand (`autoRead` is off): the next read is asked for only while the sink takes more, so a slow reader
/// leaves the bytes in the kernel and the engine waits.
final class EngineConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let client: EngineClient
    private var context: ChannelHandlerContext?
    private var exchange: EngineExchange?
    private var lastError: (any Error)?
    private var isParked = false

    init(client: EngineClient) {
        self.client = client
    }

    var isWritable: Bool { self.context?.channel.isWritable ?? false }

    func serve(_ exchange: EngineExchange) {
        self.exchange = exchange
    }

    func detach() {
        self.exchange = nil
    }

    func send(_ bytes: ByteBuffer) {
        guard let context = self.context else { return }
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
    }

    /// Sends a head and a body, neither of them copied. `whenSent` is called once the kernel has both; it is not called
    /// when the connection breaks before.
    func send(_ head: ByteBuffer, _ body: ByteBuffer, whenSent: @escaping () -> Void) {
        guard let context = self.context else { return }
        context.write(self.wrapOutboundOut(head), promise: nil)
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenSuccess(whenSent)
        context.writeAndFlush(self.wrapOutboundOut(body), promise: sent)
    }

    /// Bytes that wait in the channel and in the kernel.
    var untakenBytes: Int {
        guard let channel = self.context?.channel else { return 0 }
        let buffered = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        return (buffered ?? 0) + (SendQueue.bytes(of: channel) ?? 0)
    }

    /// Sends input of an upgraded exchange, unless the engine has hung up.
    ///
    /// A failed write closes the channel and loses the engine's unread output. While reads are pending, the channel drains that
    /// output first; while they are paused, it does not.
    func sendInput(_ bytes: ByteBuffer) {
        if self.isParked, self.hasEngineHungUp { return }
        self.send(bytes)
    }

    /// Sends a piece of a chunked body, with the same care.
    func sendChunk(_ bytes: ByteBuffer) {
        guard let context = self.context, !(self.isParked && self.hasEngineHungUp) else { return }
        ChunkWriter.write(bytes) { context.write(self.wrapOutboundOut($0), promise: nil) }
        context.flush()
    }

    func closeOutput() {
        self.context?.close(mode: .output, promise: nil)
    }

    private var hasEngineHungUp: Bool {
        let pipeline = self.context?.pipeline.syncOperations
        let hasHungUp = try? pipeline?.withUnsafeTransportIfAvailable(of: CInt.self) { descriptor in
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&watched, 1, 0) > 0 && watched.revents & Int16(POLLHUP | POLLERR) != 0
        }
        return hasHungUp ?? false
    }

    func close() {
        self.exchange = nil
        self.context?.close(promise: nil)
    }

    func resumeReading() {
        guard self.isParked else { return }
        self.isParked = false
        self.context?.read()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { context.read() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        context.read()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let exchange = self.exchange {
            exchange.received(self.unwrapInboundIn(data))
        } else {
            // An idle connection owes us nothing: whatever this is, the connection is out of step.
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.exchange?.burstEnded()
        if self.exchange?.wantsBytes() ?? true {
            context.read()
        } else {
            self.isParked = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.exchange?.inputBecameWritable() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.lastError = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let exchange = self.exchange
        self.exchange = nil
        self.client.connectionClosed(self)
        exchange?.engineClosed(cause: self.lastError)
    }
}

extension EngineConnection: Equatable {
    static func == (left: EngineConnection, right: EngineConnection) -> Bool { left === right }
}
