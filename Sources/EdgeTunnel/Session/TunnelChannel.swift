import DockerBridge
import Logging
import NIOCore

/// The only handler on a tunnel's channel: bytes in, frames out, time, and whatever the machine says.
///
/// Streams are begun and ended by `TunnelStreams`, control frames written by `ControlWriter`.
///
/// Concurrency: lives on the event loop of its channel, together with the dispatcher, every engine connection and
/// every stream. Nothing here suspends. `ended` is the one thing that leaves the loop.
final class TunnelChannel: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Machine = TunnelMachine<TunnelStream, ExecStream>

    private let limits: TunnelLimits
    /// Writes the signed hello's text.
    private let hello: (inout ByteBuffer) -> Void
    private let dispatcher: RequestDispatcher
    private let outbox: Outbox
    private let control: ControlWriter
    private let monitor: TunnelMonitor
    private let ended: EventLoopPromise<TunnelEnd>
    private let welcomed: EventLoopPromise<Welcome>
    private var machine: Machine
    private lazy var inlet = self.makeInlet()
    private lazy var streams = self.makeStreams()
    private let streamsOf: (TunnelStreams.Owner) -> TunnelStreams
    private var context: ChannelHandlerContext?
    private var scheduledTick: Scheduled<Void>?
    private var scheduledLook: Scheduled<Void>?
    private var writeWatch: WriteWatch
    private var suspendWatch: SuspendWatch
    private var lastError: (any Error)?

    init(
        limits: TunnelLimits,
        hello: @escaping (inout ByteBuffer) -> Void,
        dispatcher: RequestDispatcher,
        endpoints: [any OwnEndpoint] = [],
        state: StateSource? = nil,
        audit: TunnelAudit? = nil,
        monitor: TunnelMonitor,
        suspendWatch: SuspendWatch = SuspendWatch(),
        logger: Logger,
        welcomed: EventLoopPromise<Welcome>,
        ended: EventLoopPromise<TunnelEnd>
    ) {
        self.limits = limits
        self.hello = hello
        self.dispatcher = dispatcher
        self.monitor = monitor
        self.suspendWatch = suspendWatch
        self.welcomed = welcomed
        self.ended = ended
        self.writeWatch = WriteWatch(patience: limits.stuck)
        self.machine = Machine(limits: limits)
        let outbox = Outbox(eventLoop: dispatcher.eventLoop, memory: dispatcher.memory)
        self.outbox = outbox
        self.control = ControlWriter(outbox: outbox, logger: logger)
        self.streamsOf = { owner in
            TunnelStreams(
                outbox: outbox,
                dispatcher: dispatcher,
                inputGate: InputGate(patience: limits.inputPatience, longestPause: limits.inputPause),
                uploads: limits.uploads,
                endpoints: endpoints,
                state: state,
                audit: audit,
                logger: logger,
                owner: owner
            )
        }
    }

    /// The loop's own time: a test lets it run as it likes.
    private var now: NIODeadline { self.dispatcher.eventLoop.now }

    /// What is under way now; brings the counters of the status up to date.
    func report() -> TunnelStatus.Load {
        let counts = self.outbox.takeCounts()
        self.monitor.update { $0.traffic.add(counts) }
        let open = self.machine.streams
        return TunnelStatus.Load(
            requests: open.requests.count,
            execs: open.execs.count,
            queuedBytes: self.outbox.waitingBytes
        )
    }

    /// Whether the controller is not read at present.
    var isReadingPaused: Bool { self.inlet.isPaused }

    /// SIGTERM: ends every stream with a word, says goodbye, closes.
    func shutDown() {
        switch self.machine.shutdownRequested(now: self.now) {
        case .none: break
        case .drain(let open): self.drain(open)
        case .close(let closing): self.close(closing)
        }
        self.scheduleTick()
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.outbox.attach(context)
        self.outbox.whenOwedChanges = { [weak self] in self?.owedChanged($0) }
        self.inlet.attach(context.channel)
        self.watch()
        switch self.machine.upgraded(now: self.now) {
        case .none: break
        case .sendHello: self.control.hello(self.hello)
        }
        self.scheduleTick()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.close(self.machine.lost(self.lossReason, now: self.now))
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
        self.close(self.machine.lost(self.lossReason, now: self.now))
        context.fireChannelInactive()
    }

    private var lossReason: String {
        self.lastError.map { ConnectFailure.broken($0, "the controller") }
            ?? "the controller closed the connection without a close frame"
    }

    // MARK: Parts

    private func makeInlet() -> TunnelInlet {
        TunnelInlet(
            memory: self.dispatcher.memory,
            turns: self.dispatcher.turns,
            outlets: TunnelInlet.Outlets(
                event: { [weak self] in self?.handle($0) },
                violation: { [weak self] in self?.violated($0) },
                makeRoom: { [weak self] in self?.streams.makeRoom() ?? true },
                paused: { [weak self] in
                    self?.monitor.update { $0.traffic.pauses += 1 }
                    self?.streams.reading(false)
                },
                resumed: { [weak self] in self?.streams.reading(true) }
            )
        )
    }

    private func makeStreams() -> TunnelStreams {
        self.streamsOf(
            TunnelStreams.Owner(
                requestOpened: { [weak self] in
                    self?.machine.opened(request: $0, id: $0.id, form: $1, streamsBody: $2)
                },
                requestGone: { [weak self] in self?.machine.ended(requestID: $0.id) },
                execOpened: { [weak self] in self?.machine.opened(exec: $0, id: $0.id) },
                execGone: { [weak self] in self?.machine.ended(execID: $0.id) },
                exec: { [weak self] in self?.machine.exec($0) },
                pauseInput: { [weak self] in self?.inlet.set(.input, $0) },
                pauseUploads: { [weak self] in self?.inlet.set(.upload, $0) }
            )
        )
    }

    // MARK: Frames

    private func handle(_ event: WebSocketReader.Event) {
        switch event {
        case .message(let message): self.received(FrameDecoder.decode(message))
        case .ping(let payload): self.pinged(payload)
        case .pong: break
        case .close(let code, let reason):
            self.control.close(code: ControlFrames.closeCode(answering: code), reason: "")
            self.close(self.machine.closeReceived(code: code, reason: reason))
        case .oversized(let prefix, let length):
            self.received(.malformed(FrameDecoder.oversized(prefix: prefix, length: length)))
        case .refused(let prefix, let length):
            self.received(.malformed(FrameDecoder.refused(prefix: prefix, length: length)))
        }
    }

    private func received(_ frame: InboundFrame) {
        switch self.machine.received(frame, now: self.now) {
        case .none: break
        case .welcomed(let welcome): self.begin(welcome)
        case .pong(let timestamp): self.control.pong(timestamp)
        case .stream(let action): self.streams.perform(action)
        case .serve(let request): self.streams.serve(request)
        case .measured(let roundTrip):
            self.monitor.update { $0.roundTrip = .nanoseconds(roundTrip.nanoseconds) }
        case .note(let error): self.control.note(error)
        case .answer(let malformed): self.control.answer(malformed)
        case .ignored(let type): self.control.ignored(type)
        case .close(let closing): self.close(closing)
        }
    }

    private func pinged(_ payload: ByteBuffer) {
        switch self.machine.pinged(payload) {
        case .none: break
        case .echo(let payload): self.control.echo(payload)
        case .close(let closing): self.close(closing)
        }
    }

    private func violated(_ violation: WebSocketViolation) {
        // Best effort: the session ends whether the peer still reads it or not.
        self.control.close(code: violation.closeCode, reason: "protocol error")
        self.close(self.machine.violated("\(violation)"))
    }

    /// Closed at once, so that the next frame of the same burst waits; opened later, because frames leave in the middle of
    /// other things.
    private func owedChanged(_ isTooMuch: Bool) {
        if isTooMuch { return self.inlet.set(.answers, true) }
        self.context?.eventLoop.assumeIsolated().execute { self.inlet.set(.answers, self.outbox.owesTooMuch) }
    }

    private func begin(_ welcome: Welcome) {
        self.inlet.welcomed()
        self.welcomed.succeed(welcome)
        self.streams.begin(welcome, heartbeat: self.limits.heartbeat)
        self.scheduleTick()
    }

    // MARK: Ends

    private func drain(_ open: Machine.Streams) {
        self.monitor.update { $0.state = .stopping }
        self.streams.shutDown(open)
        self.outbox.whenEmpty = {
            switch self.machine.flushed(now: self.now) {
            case .none: break
            case .sendClose: self.control.close(code: 1000, reason: "shutdown")
            }
            self.scheduleTick()
        }
        self.outbox.pump()
    }

    private func close(_ closing: Machine.Closing?) {
        guard let closing else { return }
        var end = closing.end
        end.unacknowledged = self.context.flatMap { SendQueue.bytes(of: $0.channel) } ?? 0
        if case .protocolViolation = closing.end.end { self.control.close(code: 1008, reason: "protocol error") }
        self.inlet.stop()
        self.streams.abandon(closing.streams)
        self.monitor.update { if $0.isConnected { $0.state = .waiting } }
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
        self.scheduledLook = context.eventLoop.assumeIsolated().scheduleTask(in: self.limits.look) {
            guard self.context != nil else { return }
            if self.suspendWatch.hasSlept() {
                self.close(self.machine.suspended())
            } else if self.isWriteStuck() {
                self.close(self.machine.stalled())
            } else if self.inlet.isStuck(now: self.now) {
                self.close(self.machine.violated("a message does not come to its end"))
            } else {
                for request in self.machine.streams.requests.values { request.tick() }
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
        guard let context = self.context, let deadline = self.machine.nextDeadline else { return }
        self.scheduledTick = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            // While the controller is not read, its silence says nothing.
            if self.inlet.isPaused { self.machine.heard(now: self.now) }
            switch self.machine.tick(now: self.now) {
            case .none: break
            case .ping: self.control.ping()
            case .close(let closing): self.close(closing)
            }
            self.scheduleTick()
        }
    }
}
