import NIOCore
import NIOPosix
import NIOSSL

/// A client that trusts every certificate, and sees the end of the answer apart from that of the connection.
final class TLSClient: Sendable {
    private let channel: any Channel
    private let ended: EventLoopFuture<String>
    private let failed: EventLoopFuture<(any Error)?>

    /// - Parameter change: of a configuration that trusts every certificate.
    init(_ path: String, _ change: (inout TLSConfiguration) throws -> Void = { _ in }) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (ended, failed) = (loop.makePromise(of: String.self), loop.makePromise(of: (any Error)?.self))
        (self.ended, self.failed) = (ended.futureResult, failed.futureResult)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        try change(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        self.channel = try await ClientBootstrap(group: loop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: nil)
                    try channel.pipeline.syncOperations.addHandlers(tls, Ends(ended, failed))
                }
            }
            .connect(unixDomainSocketPath: path).get()
    }

    func write(_ bytes: ByteBuffer) async throws { try await self.channel.writeAndFlush(bytes) }

    /// All that comes until the server ends its output.
    func answer() async throws -> String { try await self.ended.get() }

    /// - Returns: what broke the connection before, if anything did.
    func close() async throws -> (any Error)? {
        try? await self.channel.close()
        return try await self.failed.get()
    }

    private final class Ends: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let ended: EventLoopPromise<String>
        private let failed: EventLoopPromise<(any Error)?>
        private var text = ""

        init(_ ended: EventLoopPromise<String>, _ failed: EventLoopPromise<(any Error)?>) {
            (self.ended, self.failed) = (ended, failed)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.text += String(buffer: self.unwrapInboundIn(data))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .some(.inputClosed) = event as? ChannelEvent { self.ended.succeed(self.text) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { self.failed.succeed(error) }

        func channelInactive(context: ChannelHandlerContext) {
            self.ended.succeed(self.text)
            self.failed.succeed(nil)
        }
    }
}
