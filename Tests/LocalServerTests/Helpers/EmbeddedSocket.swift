import NIOCore
import NIOEmbedded

/// Makes an embedded channel behave as one on a socket does: bytes arrive only after `read`, and what the far end has not
/// taken makes the channel unwritable.
///
/// Concurrency: the test's thread.
final class EmbeddedSocket: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let channel: EmbeddedChannel
    /// Whether the far end takes what is sent.
    var isTaken = true
    private var arriving: CircularBuffer<ByteBuffer> = []
    private var inputEnds = false
    /// What the channel holds because the far end does not take it.
    private var held: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []
    private var context: ChannelHandlerContext?
    private let waterMark: ChannelOptions.Types.WriteBufferWaterMark
    private(set) var isReadPending = false
    private var hasInputEnded = false
    private var isOutputClosing = false
    private(set) var isOutputClosed = false

    private init(on loop: EmbeddedEventLoop, _ waterMark: ChannelOptions.Types.WriteBufferWaterMark) {
        self.channel = EmbeddedChannel(loop: loop)
        self.waterMark = waterMark
    }

    /// - Parameter prepare: puts the handler on the channel that stands at this end of the connection.
    static func connected(
        on loop: EmbeddedEventLoop,
        waterMark: ChannelOptions.Types.WriteBufferWaterMark = .init(low: 32 * 1024, high: 64 * 1024),
        _ prepare: (any Channel) throws -> Void
    ) throws -> EmbeddedSocket {
        let socket = EmbeddedSocket(on: loop, waterMark)
        try socket.channel.pipeline.syncOperations.addHandler(socket)
        try prepare(socket.channel)
        socket.channel.connect(to: try SocketAddress(unixDomainSocketPath: "/embedded"), promise: nil)
        return socket
    }

    var isOpen: Bool { self.channel.isActive }
    /// Bytes that were sent and that the far end has not taken.
    private(set) var untakenBytes = 0

    // MARK: The far end

    /// Pieces that have not been read.
    var unreadPieces: Int { self.arriving.count }
    func send(_ bytes: ByteBuffer) { self.arriving.append(bytes) }
    func endInput() { self.inputEnds = true }
    func close() { self.channel.close(promise: nil) }

    /// Delivers at most one piece, if it was asked for. Returns whether something happened.
    func deliver() -> Bool {
        guard self.isReadPending, self.isOpen else { return false }
        if let piece = self.arriving.popFirst() {
            self.isReadPending = false
            self.channel.pipeline.syncOperations.fireChannelRead(NIOAny(piece))
            self.channel.pipeline.syncOperations.fireChannelReadComplete()
            return true
        }
        guard self.inputEnds else { return false }
        self.isReadPending = false
        self.inputEnds = false
        self.hasInputEnded = true
        self.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        return true
    }

    /// What was sent since the last call; empty while the far end takes nothing.
    func take() throws -> ByteBuffer {
        if self.isTaken {
            let held = exchange(&self.held, with: [])
            self.untakenBytes = 0
            for piece in held { self.context?.writeAndFlush(self.wrapOutboundOut(piece.bytes), promise: piece.promise) }
            self.set(isWritable: true)
        }
        var taken = ByteBuffer()
        while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) { taken.writeImmutableBuffer(bytes) }
        if self.isOutputClosing, !self.isOutputClosed, self.held.isEmpty, taken.readableBytes == 0 {
            self.isOutputClosed = true
            self.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
        }
        return taken
    }

    private func set(isWritable: Bool) {
        guard self.channel.isWritable != isWritable else { return }
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    // MARK: The channel's side

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
    func read(context: ChannelHandlerContext) { self.isReadPending = true }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.isTaken else { return context.write(data, promise: promise) }
        let bytes = self.unwrapOutboundIn(data)
        self.held.append((bytes, promise))
        self.untakenBytes += bytes.readableBytes
        if self.untakenBytes > self.waterMark.high { self.set(isWritable: false) }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The second half closes the channel, as with NIO's sockets.
        guard mode == .all || self.hasInputEnded else {
            self.isOutputClosing = true
            promise?.succeed()
            return
        }
        for piece in exchange(&self.held, with: []) { piece.promise?.fail(ChannelError.ioOnClosedChannel) }
        context.close(mode: .all, promise: promise)
    }
}
