import Auth
import Base
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

    /// Frames of a session that are worth a warning each: malformed ones, and errors that concern nothing of ours.
    private static let maximumWarnings = 20

    /// Writes the signed hello's text.
    private let hello: (inout ByteBuffer) -> Void
    private let dispatcher: RequestDispatcher
    private let state: StateSource?
    private var feed: StateFeed?
    private let outbox: Outbox
    private let desk: AdapterRequests
    private let audit: TunnelAudit?
    private let monitor: TunnelMonitor
    private let logger: Logger
    private let ended: EventLoopPromise<TunnelEnd>
    private let welcomed: EventLoopPromise<Welcome>
    private let heartbeat: TimeAmount
    private let lookInterval: TimeAmount
    private var machine: TunnelStateMachine<TunnelStream, ExecStream>
    private var context: ChannelHandlerContext?
    private lazy var inlet = self.makeInlet()
    private lazy var input = self.makeInput()
    private lazy var opener = self.makeOpener()
    private var scheduledTick: Scheduled<Void>?
    private var scheduledLook: Scheduled<Void>?
    private let inputGate: InputGate
    private var warnings = 0
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
        self.inputGate = InputGate(patience: limits.inputPatience, longestPause: limits.inputPause)
        self.writeWatch = WriteWatch(patience: limits.stuck)
        self.machine = TunnelStateMachine(limits: limits)
        self.outbox = Outbox(eventLoop: dispatcher.eventLoop, memory: dispatcher.memory)
        self.audit = audit
        self.desk = AdapterRequests(outbox: self.outbox, dispatcher: dispatcher, audit: audit)
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

    /// Whether the controller is not read at present.
    var isReadingPaused: Bool { self.inlet.isPaused }

    /// SIGTERM: ends every stream with a word, says goodbye, closes.
    func shutDown() {
        self.perform(self.machine.shutdownRequested(now: self.now))
        self.scheduleTick()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.outbox.attach(context)
        self.outbox.whenOwedChanges = { [weak self] in self?.owedChanged($0) }
        self.inlet.attach(context.channel)
        self.watch()
        self.perform(self.machine.upgraded(now: self.now))
        self.scheduleTick()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.perform(self.machine.lost(self.lossReason, now: self.now))
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.machine.heard(now: self.now)
        self.inlet.read(self.unwrapInboundIn(data))
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
        self.inlet.end()
        self.perform(self.machine.lost(self.lossReason, now: self.now))
        context.fireChannelInactive()
    }

    private var lossReason: String {
        self.lastError.map { "\($0)" } ?? "the controller closed the connection without a close frame"
    }

    // MARK: Parts

    private func makeInlet() -> TunnelInlet {
        TunnelInlet(
            memory: self.dispatcher.memory,
            turns: self.dispatcher.turns,
            outlets: TunnelInlet.Outlets(
                event: { [weak self] in self?.handle($0) },
                violation: { [weak self] in self?.violated($0) },
                makeRoom: { [weak self] in self?.input.makeRoom() ?? true },
                paused: { [weak self] in self?.monitor.update { $0.traffic.pauses += 1 } }
            )
        )
    }

    private func makeInput() -> ExecInput {
        ExecInput(
            eventLoop: self.dispatcher.eventLoop,
            memory: self.dispatcher.memory,
            gate: self.inputGate,
            session: { [weak self] in self?.machine.exec($0)?.session },
            pause: { [weak self] in self?.inlet.set(.input, $0) }
        )
    }

    private func makeOpener() -> StreamOpener {
        StreamOpener(
            outbox: self.outbox,
            dispatcher: self.dispatcher,
            input: self.input,
            audit: self.audit,
            logger: self.logger,
            outlets: StreamOpener.Outlets(
                requestOpened: { [weak self] in self?.machine.opened(request: $0, id: $0.id) },
                requestGone: { [weak self] in self?.machine.ended(requestID: $0.id) },
                execOpened: { [weak self] in self?.machine.opened(exec: $0, id: $0.id) },
                execGone: { [weak self] in self?.machine.ended(execID: $0.id) }
            )
        )
    }

    private func violated(_ violation: WebSocketViolation) {
        // Best effort: the session ends whether the peer still reads it or not.
        self.sendClose(code: violation.closeCode, reason: "protocol error")
        self.perform(self.machine.violated("\(violation)"))
    }

    // MARK: Frames

    /// Closed at once, so that the next frame of the same burst waits; opened later, because frames leave in the middle of
    /// other things.
    private func owedChanged(_ isTooMuch: Bool) {
        if isTooMuch { return self.inlet.set(.answers, true) }
        self.context?.eventLoop.assumeIsolated().execute { self.inlet.set(.answers, self.outbox.owesTooMuch) }
    }

    private func handle(_ event: WebSocketReader.Event) {
        let now = self.now
        switch event {
        case .message(let message):
            self.perform(self.machine.received(FrameDecoder.decode(message), now: now))
        case .ping(let payload): self.perform(self.machine.pinged(payload))
        case .pong:
            break
        case .close(let code, let reason):
            self.sendClose(code: ControlFrames.closeCode(answering: code), reason: "")
            self.perform(self.machine.closeReceived(code: code, reason: reason))
        case .oversized(let prefix, let length):
            let malformed = FrameDecoder.oversized(prefix: prefix, length: length)
            self.perform(self.machine.received(.malformed(malformed), now: now))
        case .refused(let prefix, let length):
            let malformed = FrameDecoder.refused(prefix: prefix, length: length)
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
        case .echo(let payload):
            let pong = FrameBuilder(capacity: payload.readableBytes, allocator: self.outbox.allocator) {
                $0.writeImmutableBuffer(payload)
            }
            self.outbox.pushControl(pong, .pong)
        case .ping:
            self.control(ControlFrames.ping(milliseconds: UnixTime.now.milliseconds, allocator: self.outbox.allocator))
        case .begin(let request): self.opener.begin(request)
        case .refuseRequest(let id, let reason):
            self.control(ResponseFrames.error(reason, requestID: id, allocator: self.outbox.allocator))
        case .cancel(let stream): stream.cancel()
        case .beginExec(let start): self.opener.begin(start)
        case .refuseExec(let id, let reason):
            self.control(ExecFrames.end(id: id, ExecEnd(reason: reason), allocator: self.outbox.allocator))
        case .input(let exec, let bytes): self.input.deliver(bytes, to: exec)
        case .resize(let exec, let size): exec.session?.resize(size)
        case .endExec(let exec):
            exec.abandon()
            self.input.removed(exec.id)
        case .breakExec(let exec, let reason): exec.session?.end(reason: "error: \(reason)")
        case .serve(let request): self.desk.take(request)
        case .note(let error):
            self.warn(
                "controller reports an error",
                ["code": "\(error.code ?? "none")", "message": "\(error.message)"]
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
        self.outbox.pushControl(frame)
    }

    /// Does nothing when our close frame is on its way: none may follow it.
    private func sendClose(code: UInt16, reason: StaticString) {
        guard !self.hasSentClose else { return }
        self.hasSentClose = true
        let frame = ControlFrames.close(code: code, reason: reason, allocator: self.outbox.allocator)
        self.outbox.pushControl(frame, .close)
        self.outbox.pump()
    }

    private func sendHello() {
        self.control(FrameBuilder(capacity: 1024, allocator: self.outbox.allocator, writing: self.hello))
    }

    private func begin(_ welcome: Welcome) {
        self.inlet.welcomed()
        if welcome.drydockVersion != nil { self.opener.streamLimit = StreamOpener.drydockStreamLimit }
        self.welcomed.succeed(welcome)
        self.feed = self.state?.feed(
            self.outbox,
            welcome: welcome,
            heartbeat: self.heartbeat,
            logger: self.logger
        )
        self.scheduleTick()
    }

    private func answer(_ malformed: Malformed) {
        self.warn("malformed frame", ["reason": "\(malformed.reason)"])
        if let id = malformed.requestID {
            self.control(ResponseFrames.error(malformed.reason, requestID: id, allocator: self.outbox.allocator))
        } else if let id = malformed.execID {
            let end = ExecEnd(reason: "error: \(malformed.reason)")
            self.control(ExecFrames.end(id: id, end, allocator: self.outbox.allocator))
        } else if malformed.isTold {
            self.control(ControlFrames.error(malformed.reason, allocator: self.outbox.allocator))
        }
    }

    /// A controller that sends nonsense for ever does not fill the log with it.
    private func warn(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        self.warnings += 1
        self.logger.log(level: self.warnings <= Self.maximumWarnings ? .warning : .debug, message, metadata: metadata)
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
        if case .protocolViolation = end.end { self.sendClose(code: 1008, reason: "protocol error") }
        self.inlet.stop()
        self.input.stop()
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
            } else if self.isWriteStuck() {
                self.perform(self.machine.stalled())
            } else if self.inlet.isStuck(now: self.now) {
                self.perform(self.machine.violated("a message does not come to its end"))
            } else {
                for request in self.machine.requests() { request.tick() }
                self.watch()
            }
        }
    }

    private func isWriteStuck() -> Bool {
        let progress = self.outbox.progress
        return self.writeWatch.isStuck(waiting: progress?.waiting, moved: progress?.taken ?? 0, now: self.now)
    }

    private func scheduleTick() {
        self.scheduledTick?.cancel()
        guard let context = self.context, let deadline = self.machine.nextDeadline() else { return }
        self.scheduledTick = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            // Whoever is not read cannot be heard.
            if self.inlet.isPaused { self.machine.heard(now: self.now) }
            self.perform(self.machine.tick(now: self.now))
            self.scheduleTick()
        }
    }
}
