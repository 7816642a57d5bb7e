import Auth
import DockerBridge
import NIOCore

/// One client connection, one request after the other.
///
/// Reading is on demand (`autoRead` is off). While a body travels to the engine, the client is read only as fast as the
/// engine takes it; otherwise one read ahead is made and no more, which is also how a client that leaves is noticed.
///
/// Concurrency: lives on the event loop of its channel, which is that of its `Door` and of the engine connections it uses.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let maximumUpgradeBodyBytes = 10 << 20
    private static let lingerTimeout = TimeAmount.seconds(2)
    /// What stands for the status that a client did not wait for; nginx's word for it.
    private static let clientLeft = 499

    /// Position among the door's connections; the door's own bookkeeping.
    var index = 0
    private let door: Door
    private var context: ChannelHandlerContext?
    private var peer = AuthGate.thisHost
    private var phase = ConnectionPhase.idle
    private var reader = RequestReader()
    private var ledger: RequestLedger
    private var deadline: NIODeadline?
    private var owesContinue = false
    private var isProcessing = false
    private var isReadPaused = true
    private var hasInputEnded = false
    private var hasSentRequest = false
    private var isDraining = false

    init(door: Door) {
        self.door = door
        self.ledger = RequestLedger(door: door)
    }

    private var request: RequestInProgress? { self.ledger.request }

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
        guard self.deadline == nil else { return }
        self.peer = AuthGate.peer(of: context.remoteAddress)
        self.deadline = .now() + self.door.settings.headTimeout
        self.door.opened(self)
        self.resumeReading()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.phase {
        case .lingering, .closed: return
        case .idle:
            if self.hasSentRequest, self.reader.bufferedBytes == 0 {
                self.deadline = .now() + self.door.settings.headTimeout
            }
        case .checking, .gathering, .answering, .proxying, .upgraded: break
        }
        self.reader.received(self.unwrapInboundIn(data))
        self.process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReadPaused = true
        self.resumeReading()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        switch self.phase {
        case .proxying(let sink), .upgraded(let sink): sink.exchange?.resume()
        case .answering(let answer): answer.becameWritable()
        case .idle, .checking, .gathering, .lingering, .closed: break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { self.inputEnded() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.abandonRequest()
        self.phase = .closed
        self.door.closed(self)
        context.fireChannelInactive()
    }

    // MARK: Reading

    private func inputEnded() {
        self.hasInputEnded = true
        switch self.phase {
        case .upgraded:
            self.process()
        case .proxying(let sink) where sink.request.upgrade != nil:
            // It stands for the end of the input once the switch has happened.
            break
        case .idle, .checking, .gathering, .answering, .proxying, .lingering, .closed:
            self.close()
        }
    }

    private func resumeReading() {
        guard self.isReadPaused, !self.hasInputEnded, self.phase.wantsRead(into: self.reader) else { return }
        guard let context = self.context else { return }
        self.isReadPaused = false
        context.read()
    }

    /// Goes through what has been read, as far as somebody takes it.
    func process() {
        // Whoever is called from here may call back; the loop below goes on anyway.
        guard !self.isProcessing else { return }
        self.isProcessing = true
        do throws(RequestFault) {
            while self.phase.takesEvents(of: self.reader) {
                if self.owesContinue { self.sendContinue() }
                guard case .event(let event) = try self.reader.next() else { break }
                self.handle(event)
            }
        } catch {
            self.refuse(error)
        }
        self.isProcessing = false
        if self.hasInputEnded, self.reader.bufferedBytes == 0, case .upgraded(let sink) = self.phase {
            sink.exchange?.closeInput()
        }
        self.resumeReading()
    }

    private func handle(_ event: RequestReader.Event) {
        switch event {
        case .head(let head):
            self.began(head)
        case .bytes(let bytes):
            switch self.phase {
            case .gathering(let gatherer):
                if !gatherer.append(bytes) { self.bodyTooLarge(gatherer) }
            case .proxying(let sink): sink.exchange?.writeBody(bytes)
            case .upgraded(let sink): sink.exchange?.writeInput(bytes)
            case .idle, .checking, .answering, .lingering, .closed: break
            }
        case .end:
            switch self.phase {
            case .gathering(let gatherer): self.gathered(gatherer)
            case .proxying(let sink): sink.exchange?.endBody()
            case .idle, .checking, .answering, .upgraded, .lingering, .closed: break
            }
        }
    }

    private func sendContinue() {
        switch self.phase {
        case .gathering, .proxying: break
        case .idle, .checking, .answering, .upgraded, .lingering, .closed: return
        }
        self.owesContinue = false
        self.send(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"))
        self.flush()
    }

    // MARK: A request

    private func began(_ head: RequestHead) {
        self.deadline = nil
        self.hasSentRequest = true
        self.owesContinue = head.expectsContinue && head.body != .none
        let now = Moment.now
        let client = self.door.gate.client(head, peer: self.peer)
        let route = self.door.routes.find(head)
        self.ledger.began(RequestInProgress(head: head, client: client, began: now, route: route))
        if head.method == "CONNECT" { return self.answer(PlainAnswer(404, "404 page not found")) }
        if head.target == "*", head.method == "OPTIONS" { return self.answer(.nothing) }
        if let problem = head.pathProblem { return self.answer(PlainAnswer(400, problem)) }
        if let route, route.isPublic { return self.gather(for: route, head) }
        self.ledger.count()
        switch self.door.gate.admit(head, from: client, at: now) {
        case .allowed(let identity): self.admitted(identity, body: nil)
        case .refused(let failure): self.refuse(failure)
        case .needsBody(let pending):
            let limit = Authenticator.maxSignedBodyBytes
            if case .sized(let length) = head.body, length > limit {
                return self.refuse(self.door.gate.authenticator.bodyTooLarge(pending))
            }
            self.phase = .gathering(BodyGatherer(.signature(pending), limit: limit))
        case .needsDerivation(let pending):
            self.phase = .checking
            self.verify(pending)
        }
    }

    private func verify(_ pending: Authenticator.PendingToken) {
        guard let eventLoop = self.context?.eventLoop else { return }
        let authenticator = self.door.gate.authenticator
        let connection = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.makeFutureWithTask { await authenticator.finish(pending, at: .now) }
            .whenSuccess { connection.value.verified($0) }
    }

    private func verified(_ verdict: Authenticator.Verdict) {
        guard case .checking = self.phase else { return }
        self.judged(verdict, body: nil)
        self.process()
    }

    private func judged(_ verdict: Authenticator.Verdict, body: ByteBuffer?) {
        switch verdict {
        case .allowed(let identity): self.admitted(identity, body: body)
        case .refused(let failure): self.refuse(failure)
        }
    }

    /// - Parameter body: all of it when it had to be read already.
    private func admitted(_ identity: Authenticator.Identity, body: ByteBuffer?) {
        guard let head = self.request?.head else { return }
        let checksOrigin = self.request?.route?.checksOrigin ?? false
        if let failure = self.door.gate.browsers.refusal(of: head, from: identity, checksOrigin: checksOrigin) {
            return self.refuse(failure)
        }
        self.ledger.admitted(identity)
        if case .key(let id, _, let skew) = identity, abs(skew) > Authenticator.skewWarningSeconds {
            self.door.logSkew(ofKey: id, seconds: skew)
        }
        if let route = self.request?.route {
            if let body { self.answer(route, body: body) } else { self.gather(for: route, head) }
        } else if head.upgrade != nil {
            if let body { return self.upgrade(head, body: body) }
            self.gather(.upgrade, head, limit: Self.maximumUpgradeBodyBytes)
        } else if body == nil, self.door.dispatcher.needsWholeBody(method: head.method, target: head.target) {
            self.gather(.admission, head, limit: ContainerCreation.maximumBodyBytes)
        } else {
            self.proxy(head, body: body)
        }
    }

    private func gather(for route: AgentRoute, _ head: RequestHead) {
        self.gather(.route(route), head, limit: route.maximumBodyBytes)
    }

    private func gather(_ purpose: BodyGatherer.Purpose, _ head: RequestHead, limit: Int) {
        if case .sized(let length) = head.body, length > limit {
            return self.answer(PlainAnswer(413, "request body too large"))
        }
        self.phase = .gathering(BodyGatherer(purpose, limit: limit))
    }

    private func gathered(_ gatherer: BodyGatherer) {
        switch gatherer.purpose {
        case .route(let route): self.answer(route, body: gatherer.body)
        case .admission:
            if let head = self.request?.head { self.proxy(head, body: gatherer.body) }
        case .upgrade:
            if let head = self.request?.head { self.upgrade(head, body: gatherer.body) }
        case .signature(let pending):
            let verdict = self.door.gate.authenticator.finish(pending, bodyDigest: gatherer.takeDigest(), at: .now)
            self.judged(verdict, body: gatherer.body)
        }
    }

    private func bodyTooLarge(_ gatherer: BodyGatherer) {
        switch gatherer.purpose {
        case .signature(let pending): self.refuse(self.door.gate.authenticator.bodyTooLarge(pending))
        case .admission, .upgrade, .route: self.answer(PlainAnswer(413, "request body too large"))
        }
    }

    private func proxy(_ head: RequestHead, body: ByteBuffer?) {
        var request = BridgeRequest(method: head.method, target: head.target, headers: head.headers)
        switch head.body {
        case .none: break
        case .sized(let length):
            if let body { request.body = body } else { request.streamedBody = .sized(length) }
        case .chunked:
            if let body { request.body = body } else { request.streamedBody = .chunked }
        }
        self.name(&request)
        let sink = HTTPResponseSink(head, connection: self)
        self.phase = .proxying(sink)
        let exchange = self.door.dispatcher.proxy(request, sink: sink)
        self.keep(exchange, for: sink)
    }

    /// Says who asks, where somebody will want to know.
    private func name(_ request: inout BridgeRequest) {
        guard self.door.dispatcher.needsWholeBody(method: request.method, target: request.target) else { return }
        request.actor = self.request?.auditActor ?? ""
    }

    private func upgrade(_ head: RequestHead, body: ByteBuffer) {
        guard self.door.load.upgradeBegan() else {
            return self.answer(PlainAnswer(503, "too many upgraded connections at a time; try again later"))
        }
        var request = BridgeRequest(method: head.method, target: head.target, headers: head.headers)
        if head.body != .none { request.body = body }
        self.name(&request)
        self.ledger.execStarts()
        let sink = HTTPResponseSink(head, connection: self)
        self.phase = .proxying(sink)
        let exchange = self.door.dispatcher.proxy(request, upgrade: head.upgrade, sink: sink)
        self.keep(exchange, for: sink)
    }

    /// The sink may have heard the end already, and the connection may be at another request.
    private func keep(_ exchange: EngineExchange?, for sink: HTTPResponseSink) {
        if case .proxying(let current) = self.phase, current === sink { sink.exchange = exchange }
    }

    private func answer(_ route: AgentRoute, body: ByteBuffer) {
        guard let request = self.request else { return }
        guard body.readableBytes <= route.maximumBodyBytes else {
            return self.answer(PlainAnswer(413, "request body too large"))
        }
        let answer = AnswerStream(request.head, connection: self, dispatcher: self.door.dispatcher)
        self.phase = .answering(answer)
        let asked = AgentRequest(
            request.head,
            body: body,
            actor: request.auditActor,
            client: request.client,
            isEncrypted: self.door.settings.tls != nil
                || self.door.gate.wasEncrypted(request.head, peer: self.peer)
        )
        route.answer(asked, answer)
    }

    /// One of our own routes has its whole answer.
    func answered(_ answer: PlainAnswer) {
        self.answer(answer)
        self.process()
    }

    // MARK: Answers

    var isWritable: Bool { self.context?.channel.isWritable ?? false }

    /// Whether the connection ends with the answer that is about to begin.
    var willClose: Bool { self.isDraining || self.request?.head.keepsAlive != true }

    func send(_ bytes: ByteBuffer) {
        self.context?.write(self.wrapOutboundOut(bytes), promise: nil)
    }

    func flush() {
        self.context?.flush()
    }

    private func refuse(_ failure: AuthFailure) {
        self.door.log(failure, of: self.request?.client)
        self.ledger.refused(failure)
        self.answer(PlainAnswer(failure))
    }

    private func refuse(_ fault: RequestFault) {
        self.isDraining = true
        if case .proxying(let sink) = self.phase {
            let hasBegun = sink.status != nil
            sink.abandon()
            if hasBegun { return self.close() }
        }
        self.answer(PlainAnswer(fault))
    }

    private func answer(_ answer: PlainAnswer) {
        self.skipRestOfBody()
        let closes = self.willClose || !self.reader.isComplete
        self.send(answer.bytes(isHead: self.request?.head.isHead ?? false, closes: closes))
        self.responded(status: answer.status, mustClose: closes)
    }

    /// A small body that is here already must not cost the connection.
    private func skipRestOfBody() {
        guard self.request != nil, !self.owesContinue else { return }
        while !self.reader.isComplete {
            guard case .event(let event)? = try? self.reader.next() else { return }
            if case .end = event { return }
        }
    }

    /// The answer is complete.
    func responded(status: Int, mustClose: Bool) {
        self.flush()
        self.leaveUpgrade()
        self.ledger.finished(status: status)
        let closes = mustClose || self.willClose || !self.reader.isComplete
        self.ledger.close()
        self.owesContinue = false
        guard !closes else { return self.linger() }
        self.phase = .idle
        self.reader.expectNext()
        self.deadline =
            .now() + (self.reader.bufferedBytes > 0 ? self.door.settings.headTimeout : self.door.settings.idleTimeout)
        self.process()
    }

    func engineFailed(_ error: BridgeError) {
        self.door.log(error)
        self.leaveUpgrade()
        let text: String
        switch error.code {
        case .engineUnreachable: text = "docker daemon unreachable; \(error.detail)"
        case .timedOut:
            let seconds = (self.door.dispatcher.requestTimeout?.nanoseconds ?? 0) / 1_000_000_000
            text = "docker daemon did not answer within \(seconds)s"
        case .badRequest, .cancelled, .malformedResponse, .outOfMemory, .tooLarge, .truncated, .unrepresentable:
            text = error.detail
        }
        let status = error.code == .cancelled ? 503 : error.code.httpStatus
        self.answer(PlainAnswer(status, text))
    }

    /// The answer ends in its middle.
    func breakOff(status: Int, because error: BridgeError) {
        self.door.log(error)
        self.leaveUpgrade()
        self.ledger.finished(status: status)
        self.ledger.close()
        self.flush()
        self.close()
    }

    func upgraded(_ sink: HTTPResponseSink) {
        self.phase = .upgraded(sink)
        self.reader.switchToRaw()
        self.process()
    }

    // MARK: The end

    private func leaveUpgrade() {
        switch self.phase {
        case .proxying(let sink), .upgraded(let sink):
            guard sink.request.upgrade != nil else { return }
            self.door.load.upgradeEnded()
            self.ledger.execEnded()
        case .idle, .checking, .gathering, .answering, .lingering, .closed: break
        }
    }

    private func abandonRequest() {
        self.leaveUpgrade()
        switch self.phase {
        case .proxying(let sink), .upgraded(let sink):
            sink.abandon()
            self.ledger.finished(status: sink.status ?? Self.clientLeft)
        case .answering(let answer):
            self.ledger.finished(status: answer.abandon() ?? Self.clientLeft)
        case .idle, .checking, .gathering, .lingering, .closed: self.ledger.finished(status: Self.clientLeft)
        }
        self.ledger.close()
    }

    /// Closes our half and waits a little for the client's: closing both at once while bytes of the client are unread
    /// would reset the connection, and the reset overtakes the answer.
    private func linger() {
        guard let context = self.context, !self.hasInputEnded else { return self.close() }
        self.phase = .lingering
        self.deadline = .now() + Self.lingerTimeout
        context.close(mode: .output, promise: nil)
        self.resumeReading()
    }

    private func close() {
        self.abandonRequest()
        self.phase = .closed
        self.context?.close(promise: nil)
    }

    // MARK: The door's side

    func check(now: NIODeadline) {
        if let deadline = self.deadline, deadline <= now { self.close() }
    }

    /// Takes no further request and ends what would not end by itself.
    func drain() {
        self.isDraining = true
        switch self.phase {
        case .idle: self.close()
        case .proxying(let sink): _ = sink.endEndless()
        case .answering(let answer): answer.endEndless()
        case .checking, .gathering, .upgraded, .lingering, .closed: break
        }
    }

    func giveUp() {
        self.close()
    }
}
