import DockerBridge
import NIOCore

/// The life of one tunnel connection, from the finished upgrade to the close.
///
/// ```
/// idle ──upgraded──▶ greeting ──welcome──▶ live ──shutdown──▶ draining ──▶ closed
///                        │ rejected, late     │ lost, closed, silent          ▲
///                        └────────────────────┴────────────────────────────────┘
/// ```
///
/// Dialling comes before it (`TunnelDialer`), waiting and parking after it (`EdgeTunnelService`).
///
/// A value: no socket, no clock. While live it owns the table of streams, so an id cannot outlive its session. Every state
/// but `idle` and `closed` has a deadline. An event consumes the state and has to put one back, or the compiler refuses it.
enum TunnelMachine<Request, Exec>: ~Copyable {
    case idle(TunnelLimits)
    case greeting(Greeting)
    case live(Live)
    /// Streams are gone; what is queued is written, then a close frame, then the controller's own is awaited.
    case draining(deadline: NIODeadline, closeSent: Bool)
    case closed(SessionEnd)

    /// From our shutdown to the end, whatever the controller does: below the 5 s that the contract allows.
    static var drainLimit: TimeAmount { .seconds(4) }
    /// From our close frame to the end.
    static var closeLimit: TimeAmount { .seconds(2) }
    /// Frames before the welcome, of whatever kind. A controller sends one; some may send a ping or two.
    static var maximumGreetingFrames: Int { 32 }

    /// The hello is on its way, the welcome is awaited.
    struct Greeting {
        let limits: TunnelLimits
        let deadline: NIODeadline
        var frames = 0
    }

    struct Live {
        var streams: Streams
        var liveness: Liveness
    }

    init(limits: TunnelLimits) {
        self = .idle(limits)
    }

    // MARK: What the connection tells

    mutating func upgraded(now: NIODeadline) -> UpgradeAction {
        switch consume self {
        case .idle(let limits):
            self = .greeting(Greeting(limits: limits, deadline: now + limits.welcome))
            return .sendHello
        case .closed(let end):
            // Shut down while the upgrade was under way.
            self = .closed(end)
            return .none
        case let other:
            self = other
            preconditionFailure("a tunnel was upgraded twice")
        }
    }

    /// Any byte counts as life.
    mutating func heard(now: NIODeadline) {
        switch consume self {
        case .live(var live):
            live.liveness.heard(now: now)
            self = .live(live)
        case let other: self = other
        }
    }

    /// A WebSocket ping.
    mutating func pinged(_ payload: ByteBuffer) -> PingAction {
        switch consume self {
        case .greeting(var greeting):
            if let closing = greeting.counted() {
                self = .closed(closing.end.end)
                return .close(closing)
            }
            self = .greeting(greeting)
            return .echo(payload)
        case .live(let live):
            self = .live(live)
            return .echo(payload)
        case .draining(let deadline, let closeSent):
            self = .draining(deadline: deadline, closeSent: closeSent)
            // Nothing may follow our close frame.
            return closeSent ? .none : .echo(payload)
        case let other:
            self = other
            return .none
        }
    }

    mutating func received(_ frame: InboundFrame, now: NIODeadline) -> FrameAction {
        switch consume self {
        case .greeting(var greeting):
            let action = greeting.received(frame)
            switch action {
            case .welcomed:
                let limits = greeting.limits
                let streams = Streams(maximumExecs: limits.execs, maximumStreams: limits.streams)
                self = .live(Live(streams: streams, liveness: Liveness(limits: limits, now: now)))
            case .close(let closing): self = .closed(closing.end.end)
            default: self = .greeting(greeting)
            }
            return action
        case .live(var live):
            let action = live.received(frame, now: now)
            self = .live(live)
            return action
        case .draining(let deadline, let closeSent):
            // The controller has not seen our close frame yet.
            self = .draining(deadline: deadline, closeSent: closeSent)
            return .none
        case .closed(let end):
            // Frames of the same read burst behind the one that ended the session.
            self = .closed(end)
            return .none
        case .idle(let limits):
            self = .idle(limits)
            preconditionFailure("a frame before the upgrade")
        }
    }

    mutating func closeReceived(code: UInt16?, reason: String) -> Closing? {
        self.end(.closedByController(code: code, reason: reason))
    }

    mutating func violated(_ what: String) -> Closing? {
        self.end(.protocolViolation(what))
    }

    /// Bytes wait, but the controller has taken none for too long.
    mutating func stalled() -> Closing? {
        self.end(.stalled)
    }

    /// The host slept; what was connected before is gone.
    mutating func suspended() -> Closing? {
        self.end(.suspended)
    }

    /// The channel is gone.
    mutating func lost(_ what: String, now: NIODeadline) -> Closing? {
        self.end(.lost(what), now: now)
    }

    // MARK: What the owner tells

    mutating func opened(request: Request, id: String, form: AnswerForm, streamsBody: Bool = false) {
        self.updateStreams { $0.open(request, id: id, form: form, streamsBody: streamsBody) }
    }

    mutating func opened(exec: Exec, id: String) {
        self.updateStreams { $0.execs[id] = exec }
    }

    mutating func ended(requestID: String) {
        self.updateStreams { $0.closeRequest(requestID) }
    }

    mutating func ended(execID: String) {
        self.updateStreams { $0.execs[execID] = nil }
    }

    /// What is open; nothing unless the session is live.
    var streams: Streams {
        switch self {
        case .live(let live): live.streams
        default: Streams()
        }
    }

    /// The live session `id`; `nil` when it is over.
    func exec(_ id: String) -> Exec? {
        self.streams.execs[id]
    }

    /// SIGTERM, or the service is replaced.
    mutating func shutdownRequested(now: NIODeadline) -> ShutdownAction {
        switch consume self {
        case .live(let live):
            self = .draining(deadline: now + Self.drainLimit, closeSent: false)
            return .drain(live.streams)
        case .greeting(_):
            self = .draining(deadline: now + Self.drainLimit, closeSent: false)
            return .drain(Streams())
        case .idle(_):
            self = .closed(.shutDown)
            return .close(Closing(.shutDown))
        case let other:
            self = other
            return .none
        }
    }

    /// Everything queued has been written.
    mutating func flushed(now: NIODeadline) -> FlushAction {
        switch consume self {
        case .draining(let deadline, let closeSent):
            self = .draining(deadline: closeSent ? deadline : min(deadline, now + Self.closeLimit), closeSent: true)
            return closeSent ? .none : .sendClose
        case let other:
            self = other
            return .none
        }
    }

    // MARK: Time

    /// When `tick` has something to do next.
    var nextDeadline: NIODeadline? {
        switch self {
        case .greeting(let greeting): greeting.deadline
        case .live(let live): min(live.liveness.nextPing, live.liveness.death)
        case .draining(let deadline, _): deadline
        case .idle(_): nil
        case .closed(_): nil
        }
    }

    mutating func tick(now: NIODeadline) -> TickAction {
        if let deadline = self.nextDeadline, now < deadline { return .none }
        switch consume self {
        case .live(var live):
            if now >= live.liveness.death {
                self = .closed(.silent)
                return .close(Closing(.silent, quiet: live.liveness.quiet(now: now), live.streams))
            }
            live.liveness.pinged(now: now)
            self = .live(live)
            return .ping
        case .greeting(_):
            self = .closed(.welcomeTimedOut)
            return .close(Closing(.welcomeTimedOut))
        case .draining(_, _):
            self = .closed(.shutDown)
            return .close(Closing(.shutDown))
        case let other:
            self = other
            return .none
        }
    }

    // MARK: Inside

    private mutating func end(_ end: SessionEnd, now: NIODeadline? = nil) -> Closing? {
        switch consume self {
        case .live(let live):
            self = .closed(end)
            return Closing(end, quiet: now.map { live.liveness.quiet(now: $0) }, live.streams)
        case .idle(_):
            self = .closed(end)
            return Closing(end)
        case .greeting(_):
            self = .closed(end)
            return Closing(end)
        case .draining(_, _):
            // However the controller goes while we leave, it is our shutdown that ended the session.
            self = .closed(.shutDown)
            return Closing(.shutDown)
        case .closed(let first):
            self = .closed(first)
            return nil
        }
    }

    private mutating func updateStreams(_ change: (inout Streams) -> Void) {
        switch consume self {
        case .live(var live):
            change(&live.streams)
            self = .live(live)
        // A stream that ends because its session did.
        case let other: self = other
        }
    }
}

// MARK: Before the welcome

extension TunnelMachine.Greeting {
    mutating func received(_ frame: InboundFrame) -> TunnelMachine<Request, Exec>.FrameAction {
        switch frame {
        case .welcome(let welcome): return .welcomed(welcome)
        case .error(let error):
            return .close(.init(.rejected(code: error.code ?? "unknown", message: error.message)))
        case .ping(let timestamp):
            return self.counted().map { .close($0) } ?? .pong(timestamp: timestamp)
        case .pong, .request, .stream, .streamEnd, .execStart, .execInput, .execResize, .execEnd, .adapter, .unknown,
            .malformed:
            // Nothing else is due before the welcome; waiting on is safer than hanging up.
            return self.counted().map { .close($0) } ?? .none
        }
    }

    /// A frame that is not the welcome: a few of them do no harm.
    mutating func counted() -> TunnelMachine<Request, Exec>.Closing? {
        let most = TunnelMachine<Request, Exec>.maximumGreetingFrames
        guard self.frames < most else {
            return .init(.protocolViolation("more than \(most) frames before the welcome"))
        }
        self.frames += 1
        return nil
    }
}

// MARK: After the welcome

extension TunnelMachine.Live {
    mutating func received(_ frame: InboundFrame, now: NIODeadline) -> TunnelMachine<Request, Exec>.FrameAction {
        switch frame {
        case .request(let request): return .stream(self.streams.admit(request))
        case .execInput(let id, let bytes):
            return self.streams.execs[id].map { .stream(.input($0, bytes)) } ?? .none
        case .execResize(let id, let size):
            return self.streams.execs[id].map { .stream(.resize($0, size)) } ?? .none
        case .execStart(let start):
            return self.streams.admit(start).map { .stream($0) } ?? .ignored(type: "exec_start with a live execId")
        case .execEnd(let id):
            // Controllers echo our own exec_end; by then the id is gone.
            return self.streams.execs.removeValue(forKey: id).map { .stream(.endExec($0)) } ?? .none
        case .stream(let id, let bytes):
            return self.streams.upload(id).map { .stream(.body($0, bytes)) } ?? .none
        case .streamEnd(let id, let isCanceled):
            return self.streams.end(id, isCanceled: isCanceled).map { .stream($0) } ?? .none
        case .error(let error):
            let request = error.requestID.flatMap { self.streams.closeRequest($0) }
            return request.map { .stream(.cancel($0)) } ?? .note(error)
        case .adapter(let request): return .serve(request)
        case .ping(let timestamp): return .pong(timestamp: timestamp)
        case .pong: return self.liveness.answered(now: now).map { .measured(roundTrip: $0) } ?? .none
        case .welcome: return .ignored(type: "second welcome")
        case .unknown(let type): return .ignored(type: type)
        case .malformed(let malformed): return self.received(malformed)
        }
    }

    /// Of a frame that was skipped the kind is not known, so any that names an upload may have held a piece of its body.
    private func received(_ malformed: Malformed) -> TunnelMachine<Request, Exec>.FrameAction {
        if let upload = malformed.requestID.flatMap({ self.streams.upload($0) }) {
            return .stream(.breakBody(upload, reason: malformed.reason))
        }
        if malformed.losesBody { return .none }
        // Each of them would go on as if it were whole.
        if malformed.losesAnyBody, !self.streams.uploading.isEmpty {
            let reason = "a frame that names no request is lost: \(malformed.reason)"
            return .stream(.breakBodies(self.streams.uploads, reason: reason))
        }
        let exec = malformed.losesInput ? malformed.execID.flatMap { self.streams.execs[$0] } : nil
        return exec.map { .stream(.breakExec($0, reason: malformed.reason)) } ?? .answer(malformed)
    }
}
