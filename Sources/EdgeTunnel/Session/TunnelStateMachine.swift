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
/// A value: no socket, no clock. `Request` and `Exec` are whatever the owner keeps for a stream; the machine only
/// hands them back. While live it owns the table of streams, so an id cannot outlive its session.
struct TunnelStateMachine<Request, Exec>: ~Copyable {
    /// Requests in flight; the number a Drydock keeps pending for one agent.
    static var maximumRequests: Int { 100 }
    static var maximumExecs: Int { 100 }
    /// From our shutdown to the end, whatever the peer does: below the 5 s that the contract allows.
    static var drainLimit: TimeAmount { .seconds(4) }
    /// From our close frame to the end.
    static var closeLimit: TimeAmount { .seconds(2) }
    /// Frames before the welcome, of whatever kind. A controller sends one; some may send a ping or two.
    static var maximumGreetingFrames: Int { 32 }

    struct Streams {
        var requests: [String: Request] = [:]
        var execs: [String: Exec] = [:]
    }

    private enum State: ~Copyable {
        case idle
        case greeting(deadline: NIODeadline, frames: Int)
        case live(Live)
        /// Streams are gone; what is queued is written, then a close frame, then the peer's own is awaited.
        case draining(deadline: NIODeadline, closeSent: Bool)
        case closed(SessionEnd)
    }

    private struct Live {
        var streams = Streams()
        var liveness: Liveness
    }

    enum Action {
        case none
        case sendHello
        case welcomed(Welcome)
        case pong(timestamp: ByteBuffer?)
        /// Answer a WebSocket ping.
        case echo(ByteBuffer)
        case ping
        case begin(RequestFrame)
        case refuseRequest(id: String, reason: String)
        case cancel(Request)
        case beginExec(ExecStartFrame)
        case refuseExec(id: String, reason: String)
        case input(Exec, ByteBuffer)
        case resize(Exec, TerminalSize)
        case endExec(Exec)
        /// End it with a word: some of its input is lost.
        case breakExec(Exec, reason: String)
        case serve(AdapterRequest)
        /// The peer reports something that concerns nothing of ours.
        case note(PeerError)
        case noteMalformed(Malformed)
        case ignored(type: String)
        /// End every stream with a word to the controller, then flush, then call `drained`.
        case drain(Streams)
        /// Write close 1000 `shutdown` and wait for the peer's.
        case sendClose
        /// Drop the streams without a word, close the channel, report `end`. `Quiet` is set when the connection died
        /// without a word after a silence.
        case close(SessionEnd, Streams, Quiet? = nil)
        /// The controller answered a ping after this time.
        case measured(roundTrip: TimeAmount)
    }

    private let limits: TunnelLimits
    private var state: State = .idle

    init(limits: TunnelLimits) {
        self.limits = limits
    }

    // MARK: What the connection tells

    mutating func upgraded(now: NIODeadline) -> Action {
        switch exchange(&self.state, with: .idle) {
        case .idle:
            self.state = .greeting(deadline: now + self.limits.welcome, frames: 0)
            return .sendHello
        case .greeting: preconditionFailure("a tunnel was upgraded twice")
        case .live: preconditionFailure("a tunnel was upgraded twice")
        case .draining: preconditionFailure("a tunnel was upgraded twice")
        case .closed(let end):
            // Shut down while the upgrade was under way.
            return self.become(.closed(end), .none)
        }
    }

    /// Any byte counts as life.
    mutating func heard(now: NIODeadline) {
        switch exchange(&self.state, with: .idle) {
        case .live(var live):
            live.liveness.heard(now: now)
            self.state = .live(live)
        case .idle: self.state = .idle
        case .greeting(let deadline, let frames): self.state = .greeting(deadline: deadline, frames: frames)
        case .draining(let deadline, let closeSent): self.state = .draining(deadline: deadline, closeSent: closeSent)
        case .closed(let end): self.state = .closed(end)
        }
    }

    /// A WebSocket ping.
    mutating func pinged(_ payload: ByteBuffer) -> Action {
        switch exchange(&self.state, with: .idle) {
        case .greeting(let deadline, let frames):
            return self.greeted(deadline: deadline, frames: frames, .echo(payload))
        case .live(let live): return self.become(.live(live), .echo(payload))
        case .draining(let deadline, let closeSent):
            // Nothing may follow our close frame.
            return self.become(
                .draining(deadline: deadline, closeSent: closeSent),
                closeSent ? .none : .echo(payload)
            )
        case .closed(let end): return self.become(.closed(end), .none)
        case .idle: return self.become(.idle, .none)
        }
    }

    mutating func received(_ frame: InboundFrame, now: NIODeadline) -> Action {
        switch exchange(&self.state, with: .idle) {
        case .greeting(let deadline, let frames):
            return self.greet(frame, deadline: deadline, frames: frames, now: now)
        case .live(var live):
            if case .pong = frame {
                let roundTrip = live.liveness.answered(now: now)
                return self.become(.live(live), roundTrip.map { .measured(roundTrip: $0) } ?? .none)
            }
            let action = Self.handle(frame, &live.streams)
            return self.become(.live(live), action)
        case .draining(let deadline, let closeSent):
            // The controller has not seen our close frame yet.
            return self.become(.draining(deadline: deadline, closeSent: closeSent), .none)
        case .closed(let end):
            // Frames of the same read burst behind the one that ended the session.
            return self.become(.closed(end), .none)
        case .idle:
            preconditionFailure("a frame before the upgrade")
        }
    }

    mutating func closeReceived(code: UInt16?, reason: String) -> Action {
        self.end(.closedByController(code: code, reason: reason))
    }

    mutating func violated(_ what: String) -> Action {
        self.end(.protocolViolation(what))
    }

    /// Bytes wait, but the peer has taken none for too long.
    mutating func stalled() -> Action {
        self.end(.stalled)
    }

    /// The host slept; what was connected before is gone.
    mutating func suspended() -> Action {
        self.end(.suspended)
    }

    /// The channel is gone.
    mutating func lost(_ what: String, now: NIODeadline) -> Action {
        self.end(.lost(what), now: now)
    }

    // MARK: What the owner tells

    mutating func opened(request: Request, id: String) {
        self.updateStreams { $0.requests[id] = request }
    }

    mutating func opened(exec: Exec, id: String) {
        self.updateStreams { $0.execs[id] = exec }
    }

    mutating func ended(requestID: String) {
        self.updateStreams { $0.requests[requestID] = nil }
    }

    mutating func ended(execID: String) {
        self.updateStreams { $0.execs[execID] = nil }
    }

    /// The live session `id`; `nil` when it is over.
    mutating func exec(_ id: String) -> Exec? {
        var result: Exec?
        self.updateStreams { result = $0.execs[id] }
        return result
    }

    /// How many requests and exec sessions are under way.
    mutating func streamCounts() -> (requests: Int, execs: Int) {
        var counts = (requests: 0, execs: 0)
        self.updateStreams { counts = ($0.requests.count, $0.execs.count) }
        return counts
    }

    /// The live requests.
    mutating func requests() -> [Request] {
        var result: [Request] = []
        self.updateStreams { result = Array($0.requests.values) }
        return result
    }

    /// SIGTERM, or the service is replaced.
    mutating func shutdownRequested(now: NIODeadline) -> Action {
        switch exchange(&self.state, with: .idle) {
        case .live(let live):
            return self.become(.draining(deadline: now + Self.drainLimit, closeSent: false), .drain(live.streams))
        case .greeting:
            return self.become(.draining(deadline: now + Self.drainLimit, closeSent: false), .drain(Streams()))
        case .idle:
            return self.become(.closed(.shutDown), .close(.shutDown, Streams()))
        case .draining(let deadline, let closeSent):
            return self.become(.draining(deadline: deadline, closeSent: closeSent), .none)
        case .closed(let end):
            return self.become(.closed(end), .none)
        }
    }

    /// Everything queued has been written.
    mutating func flushed(now: NIODeadline) -> Action {
        switch exchange(&self.state, with: .idle) {
        case .draining(let deadline, closeSent: false):
            let end = min(deadline, now + Self.closeLimit)
            return self.become(.draining(deadline: end, closeSent: true), .sendClose)
        case .draining(let deadline, closeSent: true):
            return self.become(.draining(deadline: deadline, closeSent: true), .none)
        case .live(let live): return self.become(.live(live), .none)
        case .greeting(let deadline, let frames):
            return self.become(.greeting(deadline: deadline, frames: frames), .none)
        case .idle: return self.become(.idle, .none)
        case .closed(let end): return self.become(.closed(end), .none)
        }
    }

    // MARK: Time

    /// When `tick` has something to do next.
    mutating func nextDeadline() -> NIODeadline? {
        switch exchange(&self.state, with: .idle) {
        case .idle:
            return nil
        case .closed(let end):
            self.state = .closed(end)
            return nil
        case .greeting(let deadline, let frames):
            self.state = .greeting(deadline: deadline, frames: frames)
            return deadline
        case .live(let live):
            let deadline = min(live.liveness.nextPing, live.liveness.death)
            self.state = .live(live)
            return deadline
        case .draining(let deadline, let closeSent):
            self.state = .draining(deadline: deadline, closeSent: closeSent)
            return deadline
        }
    }

    mutating func tick(now: NIODeadline) -> Action {
        switch exchange(&self.state, with: .idle) {
        case .greeting(let deadline, let frames):
            if now >= deadline { return self.become(.closed(.welcomeTimedOut), .close(.welcomeTimedOut, Streams())) }
            return self.become(.greeting(deadline: deadline, frames: frames), .none)
        case .live(var live):
            if now >= live.liveness.death {
                return self.become(.closed(.silent), .close(.silent, live.streams, live.liveness.quiet(now: now)))
            }
            guard now >= live.liveness.nextPing else { return self.become(.live(live), .none) }
            live.liveness.pinged(now: now)
            return self.become(.live(live), .ping)
        case .draining(let deadline, let closeSent):
            if now >= deadline { return self.become(.closed(.shutDown), .close(.shutDown, Streams())) }
            return self.become(.draining(deadline: deadline, closeSent: closeSent), .none)
        case .idle: return self.become(.idle, .none)
        case .closed(let end): return self.become(.closed(end), .none)
        }
    }

    // MARK: Inside

    private mutating func become(_ next: consuming State, _ action: Action) -> Action {
        self.state = next
        return action
    }

    private mutating func end(_ end: SessionEnd, now: NIODeadline? = nil) -> Action {
        switch exchange(&self.state, with: .idle) {
        case .live(let live):
            return self.become(.closed(end), .close(end, live.streams, now.map { live.liveness.quiet(now: $0) }))
        case .idle: return self.become(.closed(end), .close(end, Streams()))
        case .greeting: return self.become(.closed(end), .close(end, Streams()))
        // However the peer goes while we leave, it is our shutdown that ended the session.
        case .draining: return self.become(.closed(.shutDown), .close(.shutDown, Streams()))
        case .closed(let first): return self.become(.closed(first), .none)
        }
    }

    private mutating func greet(
        _ frame: InboundFrame,
        deadline: NIODeadline,
        frames: Int,
        now: NIODeadline
    ) -> Action {
        switch frame {
        case .welcome(let welcome):
            let live = Live(liveness: Liveness(limits: self.limits, now: now))
            return self.become(.live(live), .welcomed(welcome))
        case .error(let error):
            let end = SessionEnd.rejected(code: error.code ?? "unknown", message: error.message)
            return self.become(.closed(end), .close(end, Streams()))
        case .ping(let timestamp):
            return self.greeted(deadline: deadline, frames: frames, .pong(timestamp: timestamp))
        case .pong, .request, .streamEnd, .execStart, .execInput, .execResize, .execEnd, .adapter, .unknown, .malformed:
            // Nothing else is due before the welcome; waiting on is safer than hanging up.
            return self.greeted(deadline: deadline, frames: frames, .none)
        }
    }

    /// A frame that is not the welcome: a few of them do no harm.
    private mutating func greeted(deadline: NIODeadline, frames: Int, _ action: Action) -> Action {
        guard frames < Self.maximumGreetingFrames else {
            let end = SessionEnd.protocolViolation("more than \(Self.maximumGreetingFrames) frames before the welcome")
            return self.become(.closed(end), .close(end, Streams()))
        }
        return self.become(.greeting(deadline: deadline, frames: frames + 1), action)
    }

    private static func handle(_ frame: InboundFrame, _ streams: inout Streams) -> Action {
        switch frame {
        case .request(let request):
            if streams.requests[request.id] != nil {
                return .refuseRequest(id: request.id, reason: "duplicate requestId")
            }
            guard streams.requests.count < Self.maximumRequests else {
                return .refuseRequest(id: request.id, reason: "agent busy: too many concurrent requests")
            }
            return .begin(request)
        case .execInput(let id, let bytes):
            guard let exec = streams.execs[id] else { return .none }
            return .input(exec, bytes)
        case .execResize(let id, let size):
            guard let exec = streams.execs[id] else { return .none }
            return .resize(exec, size)
        case .execStart(let start):
            // A second start under a live id would take over the first one's terminal: dropped.
            guard streams.execs[start.id] == nil else { return .ignored(type: "exec_start with a live execId") }
            guard streams.execs.count < Self.maximumExecs else {
                return .refuseExec(id: start.id, reason: "session limit reached")
            }
            return .beginExec(start)
        case .execEnd(let id):
            // Controllers echo our own exec_end; by then the id is gone.
            guard let exec = streams.execs.removeValue(forKey: id) else { return .none }
            return .endExec(exec)
        case .streamEnd(let id):
            guard let request = streams.requests.removeValue(forKey: id) else { return .none }
            return .cancel(request)
        case .error(let error):
            guard let id = error.requestID, let request = streams.requests.removeValue(forKey: id) else {
                return .note(error)
            }
            return .cancel(request)
        case .adapter(let request): return .serve(request)
        case .ping(let timestamp): return .pong(timestamp: timestamp)
        case .pong: preconditionFailure("pongs are handled before")
        case .welcome: return .ignored(type: "second welcome")
        case .unknown(let type): return .ignored(type: type)
        case .malformed(let malformed):
            let exec = malformed.losesInput ? malformed.execID.flatMap { streams.execs[$0] } : nil
            return exec.map { .breakExec($0, reason: malformed.reason) } ?? .noteMalformed(malformed)
        }
    }

    private mutating func updateStreams(_ change: (inout Streams) -> Void) {
        switch exchange(&self.state, with: .idle) {
        case .live(var live):
            change(&live.streams)
            self.state = .live(live)
        // A stream that ends because its session did.
        case .draining(let deadline, let closeSent): self.state = .draining(deadline: deadline, closeSent: closeSent)
        case .closed(let end): self.state = .closed(end)
        case .idle: self.state = .idle
        case .greeting(let deadline, let frames): self.state = .greeting(deadline: deadline, frames: frames)
        }
    }
}
