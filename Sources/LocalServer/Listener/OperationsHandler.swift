import Auth
import DockerBridge
import HTTPWire
import NIOCore

/// Answers the operations routes on one connection, one request after the other.
///
/// The next request is read only when the client has taken the answer before it, so a client that does not read costs
/// one answer. No route takes a body. Each phase has a deadline of its own.
///
/// Concurrency: one event loop; an answer may be made elsewhere, and comes back to it.
final class OperationsHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case reading
        /// An answer is being made.
        case answering
        /// An answer of that many bytes has not left yet.
        case writing(Int)
        case closed

        var deadline: TimeAmount? {
            switch self {
            // To the complete request head, and between two requests.
            case .reading: .seconds(10)
            // Every source of the metrics page has a deadline of its own; this one is for their sum.
            case .answering: .seconds(60)
            case .writing: .seconds(10)
            case .closed: nil
            }
        }
    }

    /// A browser's head has some 700 bytes, one with cookies a few KiB.
    private static let maximumHeadBytes = 16 * 1024

    private let listenerLoop: OperationsLoop
    private var context: ChannelHandlerContext?
    private var phase = Phase.reading
    private var timeout: Scheduled<Void>?
    private var received = ByteBuffer()
    private var search = HeadSearch()

    init(listenerLoop: OperationsLoop) {
        self.listenerLoop = listenerLoop
    }

    /// Whether it waits for a request.
    var isReading: Bool {
        if case .reading = self.phase { true } else { false }
    }

    /// Whether an answer waits for its client.
    var isWriting: Bool {
        if case .writing = self.phase { true } else { false }
    }

    // MARK: The channel's side

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.opened(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.opened(context)
        context.fireChannelActive()
    }

    private func opened(_ context: ChannelHandlerContext) {
        guard self.timeout == nil else { return }
        self.enter(.reading)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.received.writeImmutableBuffer(self.unwrapInboundIn(data))
        self.process()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.close()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.close()
        self.listenerLoop.closed(self)
        context.fireChannelInactive()
    }

    // MARK: A request

    /// Takes the next request, if all of its head has been read.
    private func process() {
        guard case .reading = self.phase else { return }
        var search = self.search
        let end = self.received.withUnsafeReadableBytes {
            search.end(in: UnsafeRawBufferPointer(rebasing: $0.prefix(Self.maximumHeadBytes)))
        }
        self.search = search
        guard let length = end else {
            guard self.received.readableBytes < Self.maximumHeadBytes else {
                return self.write(PlainAnswer(431, "request header larger than 16 KiB"), isHead: false, closes: true)
            }
            self.context?.read()
            return
        }
        self.search = HeadSearch()
        guard let head = self.received.readSlice(length: length) else { return }
        // A storage of its own for the rest: the buffer would grow with every request.
        self.received = ByteBuffer(bytes: self.received.readableBytesView)
        do throws(RequestFault) {
            self.answer(try Self.parse(head))
        } catch {
            self.write(PlainAnswer(error), isHead: false, closes: true)
        }
    }

    private static func parse(_ bytes: ByteBuffer) throws(RequestFault) -> RequestHead {
        let head = bytes.withUnsafeReadableBytes { bytes -> Result<RequestHead, RequestFault> in
            do throws(RequestFault) { return .success(try RequestHeadParser.parse(bytes)) } catch {
                return .failure(error)
            }
        }
        return try head.get()
    }

    private func answer(_ head: RequestHead) {
        let closes = !head.keepsAlive
        if let failure = self.listenerLoop.browsers.refusal(of: head, from: .anonymous, checksOrigin: true) {
            return self.write(PlainAnswer(failure), isHead: head.isHead, closes: closes)
        }
        guard head.body == .none || head.body == .sized(0) else {
            return self.write(PlainAnswer(413, "no route here takes a body"), isHead: head.isHead, closes: true)
        }
        let path = String(head.path)
        guard let context = self.context, self.listenerLoop.began(path) else {
            return self.write(OperationsLoop.busy, isHead: head.isHead, closes: closes)
        }
        self.enter(.answering)
        let routes = self.listenerLoop.routes
        let asksToDial = head.headers.contains { $0.name.lowercased() == DialRoute.field.lowercased() }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.makeFutureWithTask {
            await routes.answer(method: head.method, path: path, asksToDial: asksToDial)
        }
        .whenSuccess { answer in
            bound.value.listenerLoop.made(path)
            guard case .answering = bound.value.phase else { return }
            let plain = PlainAnswer(answer.status, contentType: answer.contentType, body: answer.body)
            bound.value.write(plain, isHead: head.isHead, closes: closes)
        }
    }

    private func write(_ answer: PlainAnswer, isHead: Bool, closes: Bool) {
        guard let context = self.context else { return }
        var bytes = answer.bytes(isHead: isHead, closes: closes)
        if !self.listenerLoop.holds(bytes.readableBytes) {
            bytes = OperationsLoop.busy.bytes(isHead: isHead, closes: closes)
            self.listenerLoop.holdsAnyway(bytes.readableBytes)
        }
        self.enter(.writing(bytes.readableBytes))
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            if case .success = result, !closes { self.wrote() } else { self.close() }
        }
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: written)
    }

    /// The kernel has the whole answer.
    ///
    /// The next request of the same piece waits for another turn of the loop: a thousand of them must neither deepen the
    /// stack nor keep another connection waiting.
    private func wrote() {
        guard case .writing = self.phase else { return }
        self.enter(.reading)
        guard self.received.readableBytes > 0 else { return self.process() }
        self.listenerLoop.turns.later { self.process() }
    }

    // MARK: Phases

    private func enter(_ phase: Phase) {
        if case .writing(let bytes) = self.phase { self.listenerLoop.released(bytes) }
        self.phase = phase
        self.timeout?.cancel()
        guard let deadline = phase.deadline else { return }
        self.timeout = self.context?.eventLoop.assumeIsolated().scheduleTask(in: deadline) { self.close() }
    }

    func close() {
        if case .closed = self.phase { return }
        self.enter(.closed)
        self.context?.close(promise: nil)
    }
}
