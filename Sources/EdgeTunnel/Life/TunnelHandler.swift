import Auth
import DockerBridge
import Logging
import NIOCore

/// The only class on the tunnel's channel: bytes in, frames out, and whatever the state machine says.
///
/// Concurrency: lives on the event loop of its channel, together with the dispatcher, every engine connection and
/// every stream. Nothing here suspends. `ended` is the one thing that leaves the loop.
final class TunnelHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A message above this is skipped and answered with an error; the link lives on.
    static let maximumInboundBytes = 16 * 1024 * 1024
    /// Raw bytes of one streamed body that a Drydock accepts; it fails the stream above.
    static let drydockStreamLimit = 100 * 1024 * 1024

    /// Writes the signed hello's text.
    private let hello: (inout ByteBuffer) -> Void
    private let dispatcher: RequestDispatcher
    private let state: StateSource?
    private var feed: StateFeed?
    private let outbox: Outbox
    private let desk: AdapterDesk
    private let audit: TunnelAudit?
    private let monitor: TunnelMonitor
    private let logger: Logger
    private let ended: EventLoopPromise<TunnelEnd>
    private let welcomed: EventLoopPromise<Welcome>
    private let heartbeat: TimeAmount
    private let lookInterval: TimeAmount
    private let inputPatience: TimeAmount
    private var machine: TunnelStateMachine<TunnelStream, ExecStream>
    private var reader = WebSocketReader(maximumMessageBytes: maximumInboundBytes)
    private var context: ChannelHandlerContext?
    private var controlSlot: Lanes.Slot
    private var streamLimit: Int?
    private var scheduledTick: Scheduled<Void>?
    private var scheduledLook: Scheduled<Void>?
    private var inputGate = InputGate()
    private var patience: Scheduled<Void>?
    private var writeWatch: WriteWatch
    private var suspendWatch: SuspendWatch
    private var hasSentClose = false
    private var lastError: (any Error)?

    init(
        limits: TunnelLimits,
        hello: @escaping (inout ByteBuffer) -> Void,
        dispatcher: RequestDispatcher,
        state: StateSource? = nil,
        audit: TunnelAudit? = nil,
        monitor: TunnelMonitor,
        suspendWatch: SuspendWatch = SuspendWatch(),
        logger: Logger,
        welcomed: EventLoopPromise<Welcome>,
        ended: EventLoopPromise<TunnelEnd>
    ) {
        self.hello = hello
        self.dispatcher = dispatcher
        self.state = state
        self.monitor = monitor
        self.suspendWatch = suspendWatch
        self.logger = logger
        self.welcomed = welcomed
        self.ended = ended
        self.heartbeat = limits.heartbeat
        self.lookInterval = limits.look
        self.inputPatience = limits.inputPatience
        self.writeWatch = WriteWatch(patience: limits.stuck)
        self.machine = TunnelStateMachine(limits: limits)
        self.outbox = Outbox(eventLoop: dispatcher.eventLoop, memory: dispatcher.memory)
        self.controlSlot = self.outbox.open(.control)
        self.audit = audit
        self.desk = AdapterDesk(outbox: self.outbox, dispatcher: dispatcher, audit: audit)
    }

    /// The loop's own time: a test lets it run as it likes.
    private var now: NIODeadline { self.dispatcher.eventLoop.now }

    /// What is under way now; brings the counters of the status up to date.
    func report() -> TunnelStatus.Load {
        let counts = self.outbox.takeCounts()
        self.monitor.update { $0.traffic.add(counts) }
        let (requests, execs) = self.machine.streamCounts()
        return TunnelStatus.Load(requests: requests, execs: execs, queuedBytes: self.outbox.waitingBytes)
    }

    /// SIGTERM: ends every stream with a word, says goodbye, closes.
    func shutDown() {
        self.perform(self.machine.shutdownRequested(now: self.now))
        self.scheduleTick()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.outbox.attach(context)
        self.watch()
        self.perform(self.machine.upgraded(now: self.now))
        self.scheduleTick()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.perform(self.machine.lost(self.lossReason, now: self.now))
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = self.now
        self.machine.heard(now: now)
        self.reader.append(self.unwrapInboundIn(data))
        do {
            while let event = try self.reader.next() { self.handle(event, now: now) }
        } catch {
            // Best effort: the session ends whether the peer still reads it or not.
            self.sendClose(code: error.closeCode, reason: "protocol error")
            self.perform(self.machine.violated("\(error)"))
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.outbox.pump()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.lastError = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.perform(self.machine.lost(self.lossReason, now: self.now))
        context.fireChannelInactive()
    }

    private var lossReason: String {
        self.lastError.map { "\($0)" } ?? "the controller closed the connection without a close frame"
    }

    // MARK: Frames

    private func handle(_ event: WebSocketReader.Event, now: NIODeadline) {
        switch event {
        case .message(let message):
            self.perform(self.machine.received(FrameDecoder.decode(message), now: now))
        case .ping(let payload):
            let pong = FrameBuilder(capacity: payload.readableBytes, allocator: self.outbox.allocator) {
                $0.writeImmutableBuffer(payload)
            }
            self.outbox.push(pong, .pong, to: self.controlSlot)
        case .pong:
            break
        case .close(let code, let reason):
            self.sendClose(code: ControlFrames.closeCode(answering: code), reason: "")
            self.perform(self.machine.closeReceived(code: code, reason: reason))
        case .oversized(let prefix, let length):
            let malformed = FrameDecoder.oversized(prefix: prefix, length: length)
            self.perform(self.machine.received(.malformed(malformed), now: now))
        }
    }

    private func perform(_ action: TunnelStateMachine<TunnelStream, ExecStream>.Action) {
        switch action {
        case .none: break
        case .sendHello: self.sendHello()
        case .welcomed(let welcome): self.begin(welcome)
        case .pong(let timestamp):
            self.control(ControlFrames.pong(timestamp: timestamp, allocator: self.outbox.allocator))
        case .ping:
            self.control(ControlFrames.ping(milliseconds: UnixTime.now.milliseconds, allocator: self.outbox.allocator))
        case .begin(let request): self.begin(request)
        case .refuseRequest(let id, let reason):
            self.control(ResponseFrames.error(reason, requestID: id, allocator: self.outbox.allocator))
        case .cancel(let stream): stream.cancel()
        case .beginExec(let start): self.begin(start)
        case .refuseExec(let id, let reason):
            self.control(ExecFrames.end(id: id, ExecEnd(reason: reason), allocator: self.outbox.allocator))
        case .input(let exec, let bytes): self.deliver(bytes, to: exec)
        case .resize(let exec, let size): exec.session?.resize(size)
        case .endExec(let exec):
            exec.abandon()
            self.setReading(self.inputGate.removed(exec.id))
        case .serve(let request): self.desk.take(request)
        case .note(let error):
            self.logger.warning(
                "controller reports an error",
                metadata: ["code": "\(error.code ?? "none")", "message": "\(error.message)"]
            )
        case .noteMalformed(let malformed): self.answer(malformed)
        case .ignored(let type):
            self.logger.debug("frame ignored", metadata: ["type": "\(type)"])
        case .drain(let streams): self.drain(streams)
        case .sendClose: self.sendClose(code: 1000, reason: "shutdown")
        case .close(let end, let streams, let quiet): self.close(TunnelEnd(end, quiet: quiet), streams)
        case .measured(let roundTrip):
            self.monitor.update { $0.roundTrip = .nanoseconds(roundTrip.nanoseconds) }
        }
    }

    private func control(_ frame: consuming FrameBuilder) {
        self.outbox.push(frame, to: self.controlSlot)
    }

    /// Does nothing when our close frame is on its way: none may follow it.
    private func sendClose(code: UInt16, reason: StaticString) {
        guard !self.hasSentClose else { return }
        self.hasSentClose = true
        let frame = ControlFrames.close(code: code, reason: reason, allocator: self.outbox.allocator)
        self.outbox.push(frame, .close, to: self.controlSlot)
        self.outbox.pump()
    }

    private func sendHello() {
        self.control(FrameBuilder(capacity: 1024, allocator: self.outbox.allocator, writing: self.hello))
    }

    private func begin(_ welcome: Welcome) {
        self.streamLimit = welcome.drydockVersion == nil ? nil : Self.drydockStreamLimit
        self.welcomed.succeed(welcome)
        self.feed = self.state?.feed(
            self.outbox,
            welcome: welcome,
            heartbeat: self.heartbeat,
            logger: self.logger
        )
        self.scheduleTick()
    }

    private func begin(_ request: RequestFrame) {
        let bodyBytes = request.body?.readableBytes ?? 0
        guard bodyBytes < MemoryBudget.guaranteedBytes || self.dispatcher.memory.fits(bodyBytes) else {
            let reason =
                "the agent has no memory free for a body of \(bodyBytes) bytes; ask again, or raise MEMORY_BUDGET"
            self.control(ResponseFrames.error(reason, requestID: request.id, allocator: self.outbox.allocator))
            return
        }
        let stream = TunnelStream(
            id: request.id,
            outbox: self.outbox,
            memory: self.dispatcher.memory,
            streamLimit: self.streamLimit
        ) {
            self.machine.ended(requestID: $0.id)
        }
        if let audit = self.audit {
            let start = ContinuousClock.now
            stream.whenAnswered = { status in
                let outcome = status == nil ? AuditRecord.Outcome.error : .allowed
                audit.request(request.method, request.path, outcome, status: status ?? 0, since: start)
            }
        }
        stream.hold(bodyBytes)
        self.machine.opened(request: stream, id: request.id)
        var bridged = BridgeRequest(
            method: request.method,
            target: request.path,
            headers: request.headers,
            body: request.body
        )
        bridged.actor = self.audit?.actor ?? ""
        stream.exchange = self.dispatcher.dispatch(bridged, to: stream)
    }

    private func begin(_ start: ExecStartFrame) {
        let stream = ExecStream(
            id: start.id,
            outbox: self.outbox,
            whenInputDrained: { self.inputChanged($0) },
            whenOver: {
                self.machine.ended(execID: $0.id)
                self.setReading(self.inputGate.removed($0.id))
            }
        )
        if let audit = self.audit {
            audit.execStarted(start)
            let began = ContinuousClock.now
            stream.whenEnded = { audit.execEnded(start, $0, since: began) }
        }
        self.machine.opened(exec: stream, id: start.id)
        stream.start(
            ExecSession(spec: start.spec, dispatcher: self.dispatcher, sink: stream, logger: self.logger)
        )
    }

    private func answer(_ malformed: Malformed) {
        self.logger.warning("malformed frame", metadata: ["reason": "\(malformed.reason)"])
        if let id = malformed.requestID {
            self.control(ResponseFrames.error(malformed.reason, requestID: id, allocator: self.outbox.allocator))
        } else if let id = malformed.execID {
            let end = ExecEnd(reason: "error: \(malformed.reason)")
            self.control(ExecFrames.end(id: id, end, allocator: self.outbox.allocator))
        }
    }

    // MARK: Exec input

    private func deliver(_ bytes: ByteBuffer, to exec: ExecStream) {
        exec.session?.input(bytes)
        self.inputChanged(exec)
    }

    private func inputChanged(_ exec: ExecStream) {
        guard let session = exec.session else { return }
        let change = self.inputGate.updated(
            exec.id,
            waiting: session.waitingInputBytes,
            isMemoryShort: !self.dispatcher.memory.hasRoom
        )
        self.setReading(change)
    }

    private func setReading(_ change: InputGate.Change) {
        guard change != .none, let context = self.context else { return }
        try? context.channel.syncOptions?.setOption(.autoRead, value: change == .resume)
        self.patience?.cancel()
        self.patience = nil
        guard change == .pause else { return }
        self.monitor.update { $0.traffic.pauses += 1 }
        self.patience = context.eventLoop.assumeIsolated().scheduleTask(in: self.inputPatience) {
            self.endFullSessions()
        }
    }

    private func endFullSessions() {
        for id in self.inputGate.full {
            self.machine.exec(id)?.session?.end(reason: "input overflow")
        }
    }

    // MARK: Ends

    private func drain(_ streams: TunnelStateMachine<TunnelStream, ExecStream>.Streams) {
        self.monitor.update { $0.state = .stopping }
        self.feed?.stop()
        self.desk.shutDown()
        for exec in streams.execs.values { exec.session?.end(reason: "shutdown") }
        for request in streams.requests.values { request.abort("agent is shutting down") }
        self.outbox.whenEmpty = {
            self.perform(self.machine.flushed(now: self.now))
            self.scheduleTick()
        }
        self.outbox.pump()
    }

    private func close(_ end: TunnelEnd, _ streams: TunnelStateMachine<TunnelStream, ExecStream>.Streams) {
        for request in streams.requests.values { request.cancel() }
        for exec in streams.execs.values { exec.abandon() }
        self.monitor.update { if $0.isConnected { $0.state = .waiting } }
        self.feed?.stop()
        self.desk.abandon()
        self.state?.sessionEnded()
        _ = self.report()
        self.outbox.detach()
        self.scheduledTick?.cancel()
        // It would keep what the session held until it is due.
        self.scheduledLook?.cancel()
        self.patience?.cancel()
        self.context?.close(promise: nil)
        self.welcomed.fail(TunnelEndedBeforeWelcome())
        self.ended.succeed(end)
    }

    // MARK: Time

    /// Looks now and then whether the host slept, whether bytes still leave and which streams are silent.
    private func watch() {
        guard let context = self.context else { return }
        self.scheduledLook = context.eventLoop.assumeIsolated().scheduleTask(in: self.lookInterval) {
            guard self.context != nil else { return }
            if self.suspendWatch.hasSlept() {
                self.perform(self.machine.suspended())
            } else if self.writeWatch.isStuck(mark: self.outbox.progressMark, now: self.now) {
                self.perform(self.machine.stalled())
            } else {
                for request in self.machine.requests() { request.tick() }
                self.watch()
            }
        }
    }

    private func scheduleTick() {
        self.scheduledTick?.cancel()
        guard let context = self.context, let deadline = self.machine.nextDeadline() else { return }
        self.scheduledTick = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.perform(self.machine.tick(now: self.now))
            self.scheduleTick()
        }
    }
}

/// How a tunnel connection ended.
struct TunnelEnd: Equatable, Sendable {
    var end: SessionEnd
    /// Set when the connection died without a word.
    var quiet: Quiet?

    init(_ end: SessionEnd, quiet: Quiet? = nil) {
        self.end = end
        self.quiet = quiet
    }
}

/// The session was over before the controller welcomed us; how is in its `SessionEnd`.
struct TunnelEndedBeforeWelcome: Error {}
