import NIOCore
import NIOHTTP1

/// Answers the operations routes on one connection, one request after the other.
///
/// A body is read and forgotten, up to a bound: no route here takes one. Concurrency: one event loop; an answer may be
/// made elsewhere, and comes back to it.
final class OperationsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let maximumBodyBytes = 64 * 1024
    /// To the complete request head, and between two requests.
    private static let idleLimit = TimeAmount.seconds(10)

    private let routes: OperationsRoutes
    private var head: HTTPRequestHead?
    private var bodyBytes = 0
    private var timeout: Scheduled<Void>?

    init(routes: OperationsRoutes) {
        self.routes = routes
    }

    func channelActive(context: ChannelHandlerContext) {
        self.expectRequest(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timeout?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let bytes):
            self.bodyBytes += bytes.readableBytes
            if self.bodyBytes > Self.maximumBodyBytes { context.close(promise: nil) }
        case .end:
            guard let head = self.head else { return }
            self.timeout?.cancel()
            self.head = nil
            self.bodyBytes = 0
            self.answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let routes = self.routes
        let path = String(head.uri.prefix { $0 != "?" })
        let method = head.method.rawValue
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.makeFutureWithTask { await routes.answer(method: method, path: path) }
            .whenSuccess { answer in
                bound.value.handler.write(answer, for: head, bound.value.context)
            }
    }

    private func write(
        _ answer: OperationsRoutes.Answer,
        for request: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        guard context.channel.isActive else { return }
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status))
        head.headers.add(name: "Content-Type", value: answer.contentType)
        head.headers.add(name: "Content-Length", value: "\(answer.body.readableBytes)")
        head.headers.add(name: "X-Content-Type-Options", value: "nosniff")
        if !request.isKeepAlive { head.headers.add(name: "Connection", value: "close") }
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: written)
        if request.isKeepAlive {
            self.expectRequest(context)
        } else {
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        }
    }

    private func expectRequest(_ context: ChannelHandlerContext) {
        self.timeout = context.eventLoop.assumeIsolated().scheduleTask(in: Self.idleLimit) {
            context.close(promise: nil)
        }
    }
}
