import DockerBridge
import NIOCore

@testable import EdgeTunnel

typealias TunnelMachine = TunnelStateMachine<String, String>

/// Brings machines into a phase and puts events to them. Time is whatever the test says.
enum TunnelFixture {
    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    static let limits = TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(30))

    static func machine(in phase: TunnelPhase) -> TunnelMachine {
        var machine = TunnelMachine(limits: self.limits)
        if phase == .idle { return machine }
        _ = machine.upgraded(now: self.start)
        if phase == .greeting { return machine }
        _ = machine.received(.welcome(Welcome()), now: self.start)
        machine.opened(request: "R1", id: "r1")
        machine.opened(exec: "E1", id: "e1")
        if phase == .live { return machine }
        if phase == .closed {
            _ = machine.lost("earlier", now: TunnelFixture.start)
            return machine
        }
        _ = machine.shutdownRequested(now: self.start)
        if phase == .closing { _ = machine.flushed(now: self.start) }
        return machine
    }

    static func put(_ event: TunnelEvent, to machine: inout TunnelMachine) -> TunnelMachine.Action {
        if let frame = self.frame(event) { return machine.received(frame, now: self.start) }
        switch event {
        case .upgraded: return machine.upgraded(now: self.start)
        case .heard: machine.heard(now: self.start)
        case .pinged: return machine.pinged(ByteBuffer(string: "there?"))
        case .closeReceived: return machine.closeReceived(code: 1001, reason: "bye")
        case .violated: return machine.violated("masked")
        case .lost: return machine.lost("reset", now: TunnelFixture.start)
        case .stalled: return machine.stalled()
        case .suspended: return machine.suspended()
        case .openedRequest: machine.opened(request: "R1", id: "r1")
        case .openedExec: machine.opened(exec: "E1", id: "e1")
        case .endedRequest: machine.ended(requestID: "r1")
        case .endedExec: machine.ended(execID: "e1")
        case .shutdownRequested: return machine.shutdownRequested(now: self.start)
        case .flushed: return machine.flushed(now: self.start)
        case .tickBeforeDeadline: return machine.tick(now: self.start + .seconds(1))
        // The latest of all deadlines: silence.
        case .tickAtDeadline: return machine.tick(now: self.start + self.limits.silence)
        default: preconditionFailure("\(event) is a frame")
        }
        return .none
    }

    private static func frame(_ event: TunnelEvent) -> InboundFrame? {
        switch event {
        case .welcome: .welcome(Welcome(drydockVersion: "1.6.0"))
        case .error: .error(PeerError(code: "replay", message: "no"))
        case .errorForRequest: .error(PeerError(message: "gone", requestID: "r1"))
        case .ping: .ping(timestamp: ByteBuffer(string: "7"))
        case .pong: .pong(timestamp: 7)
        case .request: self.request("r2")
        case .streamEnd: .streamEnd(requestID: "r1")
        case .execStart: self.execStart("e2")
        case .execInput: .execInput(execID: "e1", ByteBuffer(string: "ls"))
        case .execResize: .execResize(execID: "e1", TerminalSize(columns: 80, rows: 24)!)
        case .execEnd: .execEnd(execID: "e1")
        case .adapterRequest:
            .adapter(.delete(AdapterTarget(requestID: "d1", containerID: "c")))
        case .unknownFrame: .unknown(type: "dd:later")
        case .malformedFrame: .malformed(Malformed(reason: "odd"))
        default: nil
        }
    }

    static func request(_ id: String) -> InboundFrame {
        .request(RequestFrame(id: id, method: "GET", path: "/info", headers: [], body: nil))
    }

    static func execStart(_ id: String) -> InboundFrame {
        .execStart(ExecStartFrame(id: id, spec: ExecSpec(containerID: "c", command: ["sh"])))
    }

    /// Finds out where a machine stands by what it says; it is used up by that.
    static func phase(of machine: consuming TunnelMachine) -> TunnelPhase {
        let hasDeadline = machine.nextDeadline() != nil
        if hasDeadline {
            if case .sendClose = machine.flushed(now: self.start) { return .draining }
            if case .welcomed = machine.received(.welcome(Welcome()), now: self.start) { return .greeting }
        }
        switch machine.lost("asked", now: TunnelFixture.start) {
        case .close(.shutDown, _, _): return .closing
        case .close: return hasDeadline ? .live : .idle
        default: return .closed
        }
    }
}

extension TunnelStateMachine<String, String>.Action {
    /// The action as a test's table writes it.
    var words: String {
        switch self {
        case .none: "none"
        case .sendHello: "send hello"
        case .welcomed(let welcome): "welcomed by \(welcome.drydockVersion ?? "nobody")"
        case .pong(let timestamp): "pong \(timestamp.map { String(buffer: $0) } ?? "without a time")"
        case .echo(let payload): "echo \(String(buffer: payload))"
        case .ping: "ping"
        case .begin(let request): "begin \(request.id)"
        case .refuseRequest(let id, let reason): "refuse \(id): \(reason)"
        case .cancel(let request): "cancel \(request)"
        case .beginExec(let start): "begin exec \(start.id)"
        case .refuseExec(let id, let reason): "refuse exec \(id): \(reason)"
        case .input(let exec, let bytes): "input \(String(buffer: bytes)) for \(exec)"
        case .resize(let exec, let size): "resize \(exec) to \(size.columns)x\(size.rows)"
        case .endExec(let exec): "end exec \(exec)"
        case .breakExec(let exec, let reason): "break \(exec): \(reason)"
        case .serve(.delete(let target)): "delete \(target.containerID)"
        case .serve: "serve a log"
        case .note(let error): "note \(error.code ?? "no code"): \(error.message)"
        case .noteMalformed(let malformed): "note malformed \(malformed.reason)"
        case .ignored(let type): "ignored \(type)"
        case .drain(let streams): "drain\(streams.names.map { " " + $0 }.joined())"
        case .sendClose: "send close"
        case .measured(let roundTrip): "round trip of \(roundTrip.nanoseconds / 1_000_000) ms"
        case .close(let end, let streams, _):
            "close: \(end)" + (streams.names.isEmpty ? "" : ", dropping \(streams.names.joined(separator: " "))")
        }
    }
}

extension TunnelStateMachine<String, String>.Streams {
    fileprivate var names: [String] { (Array(self.requests.values) + Array(self.execs.values)).sorted() }
}
