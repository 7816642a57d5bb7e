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

    /// NIO's own marks for a socket.
    private static let highWaterMark = 64 * 1024
    private static let lowWaterMark = 32 * 1024

    let channel: EmbeddedChannel
    /// Whether the far end takes what is sent.
    var isTaken = true
    private var arriving: CircularBuffer<ByteBuffer> = []
    private var inputEnds = false
    private var untaken = ByteBuffer()
    private(set) var isReadPending = false
    private(set) var isOutputClosed = false

    private init(on loop: EmbeddedEventLoop) {
        self.channel = EmbeddedChannel(loop: loop)
    }

    /// - Parameter prepare: puts the handler on the channel that stands at this end of the connection.
    static func connected(
        on loop: EmbeddedEventLoop,
        address: SocketAddress?,
        _ prepare: (any Channel) throws -> Void
    ) throws -> EmbeddedSocket {
        let socket = EmbeddedSocket(on: loop)
        socket.channel.remoteAddress = address
        try socket.channel.pipeline.syncOperations.addHandler(socket)
        try prepare(socket.channel)
        socket.channel.connect(to: try SocketAddress(unixDomainSocketPath: "/embedded"), promise: nil)
        return socket
    }

    var isOpen: Bool { self.channel.isActive }
    /// Bytes that were sent and that the far end has not taken.
    var untakenBytes: Int { self.untaken.readableBytes }

    // MARK: The far end

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
        self.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        return true
    }

    /// What was sent and flushed since the last call; empty while the far end takes nothing.
    func take() throws -> ByteBuffer {
        while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) {
            self.untaken.writeImmutableBuffer(bytes)
        }
        if !self.isTaken {
            if self.untakenBytes > Self.highWaterMark { self.set(isWritable: false) }
            return ByteBuffer()
        }
        defer { self.set(isWritable: true) }
        return exchange(&self.untaken, with: ByteBuffer())
    }

    private func set(isWritable: Bool) {
        guard self.channel.isWritable != isWritable else { return }
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    // MARK: The channel's side

    func read(context: ChannelHandlerContext) { self.isReadPending = true }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else {
            self.isOutputClosed = true
            promise?.succeed()
            return
        }
        context.close(mode: mode, promise: promise)
    }
}
