import NIOCore

/// The client's connection after the upgrade: raw bytes of an exec, both ways.
///
/// The end of the client's input stops here: the protocol has no frame that closes a command's standard input, so a
/// command that reads to the end of its input, such as `cat`, keeps waiting.
final class ExecRelay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A frame cannot be interleaved, so a pasted file goes in small ones.
    static let maxInputBytes = 32 * 1024

    private let exec: Exec
    private var context: ChannelHandlerContext?

    init(exec: Exec) {
        self.exec = exec
    }

    /// Output of the command; without a terminal it gets the header by which Docker tells the two streams apart.
    func write(_ bytes: ByteBuffer, isStderr: Bool) {
        guard let context = self.context, self.isWanted(isStderr: isStderr), bytes.readableBytes > 0 else { return }
        if !self.exec.settings.hasTerminal {
            var header = ByteBuffer()
            header.writeMultipleIntegers(isStderr ? UInt32(2) << 24 : UInt32(1) << 24, UInt32(bytes.readableBytes))
            context.write(Self.wrapOutboundOut(header), promise: nil)
        }
        context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
    }

    /// The command has ended: closes after the last byte.
    func finish() {
        guard let context = self.context else { return }
        let channel = context.channel
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }

    func setReading(_ isReading: Bool) {
        self.context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
    }

    private func isWanted(isStderr: Bool) -> Bool {
        let settings = self.exec.settings
        return settings.hasTerminal || (isStderr ? settings.attachStderr : settings.attachStdout) ?? false
    }
}

extension ExecRelay {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.exec.settings.attachStdin ?? false else { return }
        var bytes = Self.unwrapInboundIn(data)
        while let piece = bytes.readSlice(length: min(bytes.readableBytes, Self.maxInputBytes)), piece.readableBytes > 0
        {
            self.exec.sendInput(piece)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.exec.hangUp()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
