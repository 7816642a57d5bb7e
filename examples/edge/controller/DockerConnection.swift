import Logging
import NIOCore
import NIOHTTP1

/// One connection of a docker client: collects a request, has it answered, takes the next.
final class DockerConnection: ChannelInboundHandler, RemovableChannelHandler, AnswerTaker {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    static let encoderName = "response-encoder"
    static let decoderName = "request-decoder"
    /// Far above any Docker request in JSON, and small enough for one frame.
    static let maxBodyBytes = 8 * 1024 * 1024

    /// From an answer before the end of the body to the end of the connection.
    static let lingering = TimeAmount.seconds(2)

    private enum Phase {
        case idle
        case receiving(HTTPRequestHead, body: ByteBuffer)
        /// Forwarded; `giveUp` is called if the client leaves before the answer is complete.
        case answering(giveUp: () -> Void, hasHead: Bool)
    }

    private let agent: Agent
    private var phase = Phase.idle
    private var context: ChannelHandlerContext?
    /// What has come before the answer to the request in front of it. Meanwhile the client is not read, so that it is what
    /// one read has brought.
    private var waiting: CircularBuffer<HTTPServerRequestPart> = []
    private var isTaking = false
    private var isReading = true
    private var closesAfterAnswer = false
    /// The client's; the older one gets no chunks.
    private var version = HTTPVersion.http1_1
    /// The request whose body the client sends, piece by piece.
    private var upload: Exchange?
    /// Nothing takes the body for now.
    private var isHeldUp = false

    init(agent: Agent) {
        self.agent = agent
    }

    /// `false` while 64 KiB or more wait for the client to read.
    var isWritable: Bool { self.context?.channel.isWritable ?? false }

    /// A whole answer, or the rest of one whose head was sent ahead.
    func respond(_ status: HTTPResponseStatus, _ headers: HTTPHeaders = [:], _ body: ByteBuffer = ByteBuffer()) {
        if case .answering(_, hasHead: true) = self.phase {
            guard status == .ok else { return self.fail("\(status)") }
            self.writeBody(body)
            self.endBody()
            return
        }
        var headers = headers
        if status.mayHaveResponseBody { headers.replaceOrAdd(name: "content-length", value: "\(body.readableBytes)") }
        self.startBody(status, headers)
        if status.mayHaveResponseBody, body.readableBytes > 0 { self.writeBody(body) }
        self.endBody()
    }

    /// A whole answer in the form in which Docker reports errors.
    func respond(_ status: HTTPResponseStatus, message: String) {
        let body = ByteBuffer(string: "{\"message\":\(FrameText.quoted(message))}\n")
        self.respond(status, ["content-type": "application/json"], body)
    }

    /// The head of an answer whose body comes piece by piece.
    func startBody(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
        guard case .answering(let giveUp, false) = self.phase, let context = self.context else { return }
        self.phase = .answering(giveUp: giveUp, hasHead: true)
        // The client may send on, and nothing but the end of the connection would say where the next request begins.
        if self.upload != nil { self.closesAfterAnswer = true }
        var head = HTTPResponseHead(version: self.version, status: status, headers: headers)
        if self.closesAfterAnswer { head.headers.replaceOrAdd(name: "connection", value: "close") }
        context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
    }

    func setReading(_ isReading: Bool) {
        self.isHeldUp = !isReading
        self.followReading()
    }

    func writeBody(_ bytes: ByteBuffer) {
        self.context?.writeAndFlush(Self.wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    func endBody() {
        guard let context = self.context else { return }
        self.phase = .idle
        let channel = context.channel
        let closes = self.closesAfterAnswer
        let lingers = self.upload != nil
        if lingers { self.setReading(true) }
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in
            guard closes else { return }
            guard lingers else { return channel.close(promise: nil) }
            // A client whose body runs into a closed connection may not read the answer any more.
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
        }
        if closes { self.waiting.removeAll() }
        self.takeWaiting()
    }

    /// Answers 502; cuts the connection if an answer has begun, which the client sees as a broken body.
    func fail(_ message: String) {
        if case .answering(_, hasHead: true) = self.phase {
            self.context?.close(promise: nil)
        } else {
            self.respond(.badGateway, message: message)
        }
    }

    /// Answers 101 and hands the connection over to `relay`.
    func hijack(_ headers: HTTPHeaders, by relay: ExecRelay) {
        guard let context = self.context else { return }
        self.phase = .idle
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(relay)
        } catch {
            context.close(promise: nil)
            return
        }
        pipeline.removeHandler(self, promise: nil)
        pipeline.removeHandler(name: Self.encoderName, promise: nil)
        // Last, because it passes on the bytes that came behind the request.
        pipeline.removeHandler(name: Self.decoderName, promise: nil)
    }
}

extension DockerConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.waiting.append(Self.unwrapInboundIn(data))
        self.takeWaiting()
    }

    /// Goes through what has come, as far as the answers have. Callees may re-enter; the guard makes that a no-op, because
    /// this loop continues after they return.
    private func takeWaiting() {
        guard !self.isTaking else { return }
        self.isTaking = true
        while self.upload != nil || !self.isAnswering, let part = self.waiting.popFirst() { self.take(part) }
        self.isTaking = false
        self.followReading()
    }

    private func followReading() {
        let isReading = self.waiting.isEmpty && !self.isHeldUp
        guard self.isReading != isReading else { return }
        self.isReading = isReading
        self.context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
    }

    private var isAnswering: Bool { if case .answering = self.phase { true } else { false } }

    private func take(_ part: HTTPServerRequestPart) {
        if let upload = self.upload { return self.receive(part, of: upload) }
        switch (part, self.phase) {
        case (.head(let head), .idle):
            if !self.closesAfterAnswer, !self.beginUpload(head) { self.begin(head) }
        case (.body(var piece), .receiving(let head, var body)):
            self.phase = .idle
            // One byte too many is kept as the sign that the body is too long; the rest is read and dropped.
            if body.readableBytes <= Self.maxBodyBytes { body.writeBuffer(&piece) }
            self.phase = .receiving(head, body: body)
        case (.end, .receiving(let head, let body)):
            // After an upgrade request the decoder reads no further, so this connection has had its last one.
            self.closesAfterAnswer = !head.isKeepAlive || head.headers.contains(name: "upgrade")
            self.version = head.version
            self.phase = .answering(giveUp: {}, hasHead: false)
            self.handle(DockerRequest(head, body: body))
        // The body of a request that was refused before it came: the connection closes behind the answer.
        case (.body, .idle), (.end, .idle): break
        case (_, .answering), (.head, .receiving): self.context?.close(promise: nil)
        }
    }

    /// A client that waits with its body is told to send it, unless there is no room for it.
    private func begin(_ head: HTTPRequestHead) {
        self.phase = .receiving(head, body: ByteBuffer())
        guard head.waitsWithBody else { return }
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > Self.maxBodyBytes {
            self.closesAfterAnswer = true
            self.version = head.version
            self.phase = .answering(giveUp: {}, hasHead: false)
            self.refuseLongBody()
        } else {
            self.askForBody()
        }
    }

    private func askForBody() {
        let go = HTTPResponseHead(version: .http1_1, status: .continue)
        self.context?.writeAndFlush(Self.wrapOutboundOut(.head(go)), promise: nil)
    }

    private func refuseLongBody() {
        self.respond(.payloadTooLarge, message: "the tunnel takes request bodies up to \(Self.maxBodyBytes) bytes")
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .answering(let giveUp, _) = exchange(&self.phase, with: .idle) { giveUp() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.agent.logger.debug("docker client failed", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }

    /// Forwards a request whose body is not JSON as soon as its head is here.
    ///
    /// - Returns: whether it is one, and the agent takes it.
    private func beginUpload(_ head: HTTPRequestHead) -> Bool {
        guard self.agent.takesStreamedBodies, head.hasOtherBody else { return false }
        let request = DockerRequest(head, body: ByteBuffer())
        // What the agent answers itself it takes in one frame.
        guard !request.target.hasPrefix("/_") else { return false }
        guard case .forward(let isStream) = DockerRoute(request) else { return false }
        self.closesAfterAnswer = !head.isKeepAlive
        self.version = head.version
        self.phase = .answering(giveUp: {}, hasHead: false)
        self.upload = self.forward(request, isStream: isStream, sendsBody: true)
        if head.waitsWithBody { self.askForBody() }
        return true
    }

    /// After an early answer the rest is dropped.
    private func receive(_ part: HTTPServerRequestPart, of upload: Exchange) {
        switch part {
        case .head: self.context?.close(promise: nil)
        case .body(let bytes):
            self.agent.send(bytes, of: upload)
            if self.isAnswering, !self.agent.isWritable { self.setReading(false) }
        case .end:
            self.upload = nil
            self.isHeldUp = false
            self.agent.endBody(of: upload)
        }
    }

    private func handle(_ request: DockerRequest) {
        guard request.body.readableBytes <= Self.maxBodyBytes else {
            return self.refuseLongBody()
        }
        if let location = request.cleanTarget { return self.respond(.movedPermanently, ["location": location]) }
        switch DockerRoute(request) {
        case .refuse(let why): self.respond(.notImplemented, message: why)
        case .forward(let isStream): self.forwardWhole(request, isStream: isStream)
        case .wait(let container): self.wait(for: container, request)
        case .stats(let path): self.streamStats(path)
        case .createExec(let container): self.createExec(request, container: container)
        case .startExec(let id): self.withExec(id) { self.start($0, request) }
        case .resizeExec(let id): self.withExec(id) { self.resize($0, request) }
        case .picture: self.respond(.ok, ["content-type": "application/json"], self.agent.picture.json)
        case .adapter(let kind, let container): self.call(kind, container, request)
        case .inspectExec(let id):
            self.withExec(id) { self.respond(.ok, ["content-type": "application/json"], $0.json) }
        }
    }

    private func call(_ kind: AdapterCall.Kind, _ container: String, _ request: DockerRequest) {
        let call = AdapterCall(kind, container: container, client: self)
        self.phase = .answering(giveUp: { [agent] in agent.cancel(call) }, hasHead: false)
        self.agent.begin(call) { request.parameter($0) }
    }

    /// Docker sends the head of this answer at once, and clients start the container only after they have seen it. So that a
    /// container which does not exist is a refusal all the same, the engine is asked for it before.
    private func wait(for container: String, _ request: DockerRequest) {
        let answer = OwnAnswer { [weak self] outcome in
            switch outcome {
            case .answered(.ok, _, _):
                self?.forwardWhole(request, isStream: false)
                self?.startBody(.ok, ["content-type": "application/json"])
            case .answered(let status, let headers, let body): self?.respond(status, headers, body)
            case .failed(let message): self?.fail(message)
            }
        }
        let question = Exchange(isStream: false, takesBase64Bodies: self.agent.takesBase64Bodies, client: answer)
        self.phase = .answering(giveUp: { [agent] in agent.cancel(question) }, hasHead: false)
        self.agent.begin(question, DockerRequest(get: "/containers/\(container)/json"))
    }

    private func streamStats(_ path: String) {
        guard let context = self.context else { return }
        let stream = StatsStream(path: path, agent: self.agent, client: self, eventLoop: context.eventLoop)
        self.phase = .answering(giveUp: { stream.stop() }, hasHead: false)
        stream.ask()
    }

    private func forwardWhole(_ request: DockerRequest, isStream: Bool) {
        guard request.body.readableBytes == 0 || JSONMembers.isOneValue(request.body) else {
            self.respond(
                .notImplemented,
                message:
                    "the tunnel carries only JSON bodies, and \(request.method) \(request.target.prefix { $0 != "?" }) has another one"
            )
            return
        }
        self.forward(request, isStream: isStream, sendsBody: false)
    }

    @discardableResult
    private func forward(_ request: DockerRequest, isStream: Bool, sendsBody: Bool) -> Exchange {
        let exchange = Exchange(
            isStream: isStream,
            sendsBody: sendsBody,
            takesBase64Bodies: self.agent.takesBase64Bodies,
            client: self
        )
        // How long the engine may take is for the agent to judge; a client that has waited enough leaves.
        self.phase = .answering(giveUp: { [agent] in agent.cancel(exchange) }, hasHead: false)
        self.agent.begin(exchange, request)
        return exchange
    }
}

// MARK: - Exec, the one upgraded connection that the tunnel carries

extension DockerConnection {
    private func withExec(_ id: String, _ body: (Exec) -> Void) {
        if let exec = self.agent.exec(id) {
            body(exec)
        } else {
            self.respond(.notFound, message: "No such exec instance: \(id)")
        }
    }

    private func createExec(_ request: DockerRequest, container: String) {
        guard let settings = ExecSettings(request.body) else {
            self.respond(.badRequest, message: "the exec's settings must be a JSON object with a non-empty Cmd")
            return
        }
        if let option = settings.unsupportedOption {
            self.respond(.notImplemented, message: "the tunnel cannot carry an exec with \(option)")
            return
        }
        let exec = self.agent.createExec(settings, container: container)
        let body = ByteBuffer(string: "{\"Id\":\"\(exec.id)\"}\n")
        self.respond(.created, ["content-type": "application/json"], body)
    }

    private func start(_ exec: Exec, _ request: DockerRequest) {
        let options = try? JSONMembers(object: request.body)
        let isDetached = options?.decoded("Detach", as: Bool.self) ?? false
        guard isDetached || request.headers.contains(name: "upgrade") else {
            self.respond(
                .notImplemented,
                message: "start the exec with `Upgrade: tcp`; the older form is not served here"
            )
            return
        }
        if let size = options?.decoded("ConsoleSize", as: [Int].self), size.count == 2 {
            exec.resize(columns: size[1], rows: size[0])
        }
        guard exec.start(for: self, isDetached: isDetached) else {
            self.respond(.conflict, message: "exec \(exec.id) has been started before")
            return
        }
        self.phase = .answering(giveUp: { exec.hangUp() }, hasHead: false)
    }

    private func resize(_ exec: Exec, _ request: DockerRequest) {
        guard let rows = request.parameter("h").flatMap(Int.init),
            let columns = request.parameter("w").flatMap(Int.init)
        else {
            self.respond(.badRequest, message: "resize needs h and w as numbers")
            return
        }
        exec.resize(columns: columns, rows: rows)
        self.respond(.ok)
    }
}
