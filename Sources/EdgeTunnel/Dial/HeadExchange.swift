import DockerBridge
import HTTPWire
import NIOCore

/// Sends one HTTP request head and waits for the head of the answer: an upgrade, a CONNECT, a look at the clock. Interim
/// answers before it (RFC 9110, 15.2: any 1xx, of which only a 101 is the answer to an upgrade) are skipped.
///
/// Concurrency: one event loop; `answered` carries the result off it. It keeps what came behind the head for the
/// handler that takes its place.
final class HeadExchange: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Failure: Error {
        /// Not one byte in time.
        case silent
        /// The head began and did not end in time.
        case slow
        case notHTTP
        /// Interim answers, and more of them than anyone sends.
        case onlyInterim
        case closed
        case broken(any Error)
    }

    /// What may come behind the head before the tunnel takes over. Only a controller that does not wait for the hello
    /// sends anything by then.
    static let earlyBytes = 64 * 1024
    /// A server sends one or two (100 Continue, 103 Early Hints); each may be as long as a head.
    static let interimLimit = 16

    private let request: ByteBuffer
    private let limit: TimeAmount
    private let answered: EventLoopPromise<ResponseHead>
    private var received = ByteBuffer()
    private var arrival = HeadArrival()
    private var hasAnything = false
    private var interims = 0
    private var isDone = false
    private var timeout: Scheduled<Void>?

    /// Sends `request` and waits for the head of its answer.
    static func start(
        _ request: ByteBuffer,
        on channel: any Channel,
        until deadline: NIODeadline
    ) -> EventLoopFuture<ResponseHead> {
        let answered = channel.eventLoop.makePromise(of: ResponseHead.self)
        channel.eventLoop.execute {
            do {
                let exchange = HeadExchange(request: request, limit: deadline - .now(), answered: answered)
                try channel.pipeline.syncOperations.addHandler(exchange)
            } catch {
                // The channel has closed meanwhile.
                answered.fail(Failure.closed)
            }
        }
        return answered.futureResult
    }

    private init(request: ByteBuffer, limit: TimeAmount, answered: EventLoopPromise<ResponseHead>) {
        self.request = request
        self.limit = limit
        self.answered = answered
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let loop = context.eventLoop.assumeIsolated()
        self.timeout = loop.scheduleTask(in: self.limit) {
            self.finish(.failure(self.hasAnything ? .slow : .silent))
        }
        context.writeAndFlush(self.wrapOutboundOut(self.request), promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.finish(.failure(.closed))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.hasAnything = true
        self.received.writeBuffer(&bytes)
        guard !self.isDone else {
            if self.received.readableBytes > Self.earlyBytes { context.close(promise: nil) }
            return
        }
        do {
            while let parsed = try ResponseHeadParser.parse(
                &self.received,
                &self.arrival,
                keepsHopFields: true
            ) {
                let status = parsed.head.status
                guard (100..<200).contains(status), status != 101 else { return self.finish(.success(parsed.head)) }
                self.interims += 1
                if self.interims > Self.interimLimit { return self.finish(.failure(.onlyInterim)) }
            }
        } catch {
            self.finish(.failure(.notHTTP))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.finish(.failure(error.isHangUp ? .closed : .broken(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish(.failure(.closed))
        context.fireChannelInactive()
    }

    private func finish(_ result: Result<ResponseHead, Failure>) {
        guard !self.isDone else { return }
        self.isDone = true
        self.timeout?.cancel()
        self.answered.completeWith(result.mapError { $0 as any Error })
    }

    /// Takes the exchange that ended last out of the way.
    static func leave(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            pipeline.removeHandler(context: try pipeline.context(handlerType: HeadExchange.self), promise: nil)
        }
    }

    /// Puts `next` in the place of the exchange that ended last, and gives it what came behind the head.
    static func handOver(_ channel: any Channel, to next: some ChannelInboundHandler) throws {
        let pipeline = channel.pipeline.syncOperations
        let exchange = try pipeline.handler(type: HeadExchange.self)
        try pipeline.addHandler(next, position: .after(exchange))
        if exchange.received.readableBytes > 0 {
            let context = try pipeline.context(handler: exchange)
            context.fireChannelRead(exchange.wrapInboundOut(exchange.received))
            context.fireChannelReadComplete()
        }
        pipeline.removeHandler(exchange, promise: nil)
    }
}
