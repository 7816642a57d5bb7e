import Logging
import NIOCore
import NIOWebSocket

/// One agent's connection: waits for the hello, then carries frames between the socket and the `Agent`.
///
///     greeting ──hello accepted──▶ live ──close sent──▶ closing
///         └────────hello refused or late────────────────▲
final class AgentHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    static let helloTimeout = TimeAmount.seconds(30)
    static let pingInterval = TimeAmount.seconds(30)
    static let pongTimeout = TimeAmount.seconds(60)
    /// How long the agent may take to answer our close.
    static let closeTimeout = TimeAmount.seconds(2)

    private enum Phase {
        case greeting
        case live(Agent)
        case closing
    }

    private let controller: Controller
    private let dialect: Dialect
    private var phase = Phase.greeting
    private var context: ChannelHandlerContext?
    private var helloTimer: Scheduled<Void>?
    private var pingTimer: Scheduled<Void>?
    private var lastPong = NIODeadline.now()
    private var ending = "code=1006 reason="

    init(controller: Controller, dialect: Dialect) {
        (self.controller, self.dialect) = (controller, dialect)
    }

    /// The key that signed the hello; `nil` unless the agent is live.
    var keyID: String? {
        guard case .live(let agent) = self.phase else { return nil }
        return agent.keyID
    }

    var isWritable: Bool { self.context?.channel.isWritable ?? false }

    func send(_ text: ByteBuffer) {
        guard let context = self.context else { return }
        context.writeAndFlush(Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: text)), promise: nil)
    }

    /// Stops or resumes taking frames from the agent, which then stops taking bytes from its engine.
    func setReading(_ isReading: Bool) {
        self.context?.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
    }

    /// Tells the agent why it may not stay, then closes.
    func refuse(_ refusal: HelloRefusal) {
        var frame = FrameText("error")
        frame.add("message", refusal.message)
        frame.add("code", refusal.code.rawValue)
        self.send(frame.finished())
        self.controller.logger.warning("agent refused", metadata: ["code": "\(refusal.code.rawValue)"])
        let code: WebSocketErrorCode = refusal.code == .internalError ? .unexpectedServerError : .policyViolation
        _ = self.close(code, reason: refusal.code.rawValue)
    }

    /// Begins the closing handshake. The future is done when the connection is closed, by the agent or after a wait.
    func close(_ code: WebSocketErrorCode, reason: String) -> EventLoopFuture<Void> {
        guard let context = self.context else { return self.controller.eventLoop.makeSucceededVoidFuture() }
        self.ending = "code=\(UInt16(webSocketErrorCode: code)) reason=\(reason)"
        self.leave()
        var data = context.channel.allocator.buffer(capacity: 2 + reason.utf8.count)
        data.write(webSocketErrorCode: code)
        data.writeString(reason)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
        context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
        let channel = context.channel
        // The agent's answer must be read even if a slow client had stopped the reading.
        self.setReading(true)
        channel.eventLoop.scheduleTask(in: Self.closeTimeout) { channel.close(promise: nil) }
        return channel.closeFuture
    }

    private func leave() {
        self.helloTimer?.cancel()
        self.pingTimer?.cancel()
        guard case .live(let agent) = exchange(&self.phase, with: .closing) else { return }
        self.controller.leave(agent.name)
        agent.left()
        Controller.announce("agent disconnected name=\(agent.name) \(self.ending)")
    }
}

extension AgentHandler {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.helloTimer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.helloTimeout) {
            _ = self.close(.policyViolation, reason: "hello timeout")
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary: self.receive(frame.unmaskedData, isText: frame.opcode == .text)
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(Self.wrapOutboundOut(pong), promise: nil)
        case .connectionClose: self.receiveClose(frame.unmaskedData, context: context)
        default: break
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .live(let agent) = self.phase { agent.writabilityChanged(context.channel.isWritable) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.leave()
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.controller.logger.info("agent connection failed", metadata: ["error": "\(error)"])
        // The handler in front answers a broken WebSocket frame with its own close; anything else ends here.
        if !(error is NIOWebSocketError) { context.close(promise: nil) }
    }

    private func receive(_ text: ByteBuffer, isText: Bool) {
        if isText, String(validating: text.readableBytesView, as: UTF8.self) == nil {
            _ = self.close(.dataInconsistentWithMessage, reason: "invalid UTF-8")
            return
        }
        switch self.phase {
        case .greeting: self.greet(text)
        case .live(let agent): self.receive(text, for: agent)
        case .closing: break
        }
    }

    private func greet(_ text: ByteBuffer) {
        self.helloTimer?.cancel()
        do {
            let admission = try self.controller.admit(text, dialect: self.dialect)
            self.admit(admission)
        } catch {
            self.refuse(error)
        }
    }

    /// The agent's socket comes first: who hears of a welcome, from the agent's log too, finds the socket there.
    private func admit(_ admission: HelloGate.Admission) {
        let capabilities = self.controller.settings.capabilities ?? []
        let agent = Agent(
            name: admission.name,
            keyID: admission.keyID,
            takesBase64Bodies: capabilities.contains(Exchange.base64Bodies),
            takesStreamedBodies: capabilities.contains(Exchange.streamedBodies)
                && admission.capabilities.contains(Exchange.streamedBodies),
            link: self,
            logger: self.controller.logger
        )
        self.phase = .live(agent)
        self.controller.join(self, as: agent.name)
        let path = self.controller.socketPath(for: agent.name)
        DockerSocket.open(at: path, for: agent, on: self.controller.eventLoop).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                let socket = DockerSocket(channel, path: path)
                guard case .live = self.phase else { return socket.close() }
                agent.serve(on: socket)
                self.welcome()
                Controller.announce("agent connected name=\(agent.name) socket=\(path)")
            case .failure(let error):
                let metadata: Logger.Metadata = ["path": "\(path)", "error": "\(error)"]
                self.controller.logger.error("cannot open the agent's socket", metadata: metadata)
                self.refuse(HelloRefusal(.internalError, "the controller cannot open a socket for \(agent.name)"))
            }
        }
    }

    private func welcome() {
        var frame = FrameText("welcome")
        frame.add("pollInterval", self.controller.settings.pollIntervalSeconds)
        frame.add(
            "config",
            [
                "drydockVersion": "1.6.0", "supportedProtocols": self.dialect.protocolName,
                "serverCompatLevel": "1.4.0",
            ]
        )
        if let capabilities = self.controller.settings.capabilities { frame.add("capabilities", capabilities) }
        self.send(frame.finished())
        self.lastPong = .now()
        self.schedulePing()
    }

    private func receive(_ text: ByteBuffer, for agent: Agent) {
        guard let envelope = try? JSONMembers(object: text), let type = envelope.string("type"),
            let data = envelope.object("data")
        else {
            self.controller.logger.warning("malformed frame", metadata: ["bytes": "\(text.readableBytes)"])
            return
        }
        switch type {
        case "ping":
            var pong = FrameText("pong")
            if let timestamp = data.raw("timestamp") { pong.add("timestamp", json: timestamp) }
            self.send(pong.finished())
        case "pong": self.lastPong = .now()
        default: agent.receive(type, data)
        }
    }

    private func schedulePing() {
        self.pingTimer = self.controller.eventLoop.assumeIsolated().scheduleTask(in: Self.pingInterval) { self.ping() }
    }

    private func ping() {
        guard .now() - self.lastPong < Self.pongTimeout else {
            _ = self.close(.goingAway, reason: "ping timeout")
            return
        }
        var frame = FrameText("ping")
        frame.add("timestamp", Identifier.millisecondsSince1970())
        self.send(frame.finished())
        self.schedulePing()
    }

    private func receiveClose(_ data: ByteBuffer, context: ChannelHandlerContext) {
        var data = data
        if case .closing = self.phase {
            context.close(promise: nil)
            return
        }
        let echo = WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
        let code = data.readInteger(as: UInt16.self) ?? 1005
        self.ending = "code=\(code) reason=\(String(buffer: data))"
        self.leave()
        let channel = context.channel
        context.writeAndFlush(Self.wrapOutboundOut(echo)).whenComplete { _ in channel.close(promise: nil) }
    }
}
