import NIOCore

/// Tells a client that speaks plain HTTP to a TLS port so, instead of a handshake error that it cannot read.
///
/// Sits in front of TLS for the first bytes only.
final class PlaintextRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let handshakeRecord: UInt8 = 0x16
    private static let answer = ByteBuffer(
        string: "HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\n"
            + "Client sent an HTTP request to an HTTPS server; use https.\n"
    )
    private var isRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.isRefused { return }
        guard let first = self.unwrapInboundIn(data).readableBytesView.first else { return }
        if first == Self.handshakeRecord {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
            return
        }
        self.isRefused = true
        context.writeAndFlush(self.wrapOutboundOut(Self.answer)).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }
}
