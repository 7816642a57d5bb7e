import DockerBridge
import Drydock
import NIOCore

@testable import EdgeTunnel

typealias TestMachine = TunnelMachine<String, String>

/// What a machine answered to an event, whatever the event.
enum TunnelOutcome: Equatable, Sendable {
    case nothing
    case upgrade(TestMachine.UpgradeAction)
    case ping(TestMachine.PingAction)
    case frame(TestMachine.FrameAction)
    case shutdown(TestMachine.ShutdownAction)
    case flush(TestMachine.FlushAction)
    case tick(TestMachine.TickAction)
    case closing(TestMachine.Closing)
}

/// Brings machines into a phase and puts events to them. Time is whatever the test says.
enum TunnelFixture {
    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    static let limits = TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(30))
    /// What is open while a machine of this fixture is live.
    static let open = TestMachine.Streams(requests: ["r1": "R1"], execs: ["e1": "E1"])

    static func machine(in phase: TunnelPhase) -> TestMachine {
        var machine = TestMachine(limits: self.limits)
        if phase == .idle { return machine }
        _ = machine.upgraded(now: self.start)
        if phase == .greeting { return machine }
        _ = machine.received(.welcome(Welcome()), now: self.start)
        machine.opened(request: "R1", id: "r1", form: .plain)
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

    static func put(_ event: TunnelEvent, to machine: inout TestMachine) -> TunnelOutcome {
        if let frame = self.frame(event) { return Self.outcome(machine.received(frame, now: self.start)) }
        switch event {
        case .upgraded:
            let action = machine.upgraded(now: self.start)
            return action == .none ? .nothing : .upgrade(action)
        case .heard: machine.heard(now: self.start)
        case .pinged: return Self.outcome(machine.pinged(ByteBuffer(string: "there?")))
        case .closeReceived: return Self.outcome(machine.closeReceived(code: 1001, reason: "bye"))
        case .violated: return Self.outcome(machine.violated("masked"))
        case .lost: return Self.outcome(machine.lost("reset", now: self.start))
        case .stalled: return Self.outcome(machine.stalled())
        case .suspended: return Self.outcome(machine.suspended())
        case .openedRequest: machine.opened(request: "R1", id: "r1", form: .plain)
        case .openedExec: machine.opened(exec: "E1", id: "e1")
        case .endedRequest: machine.ended(requestID: "r1")
        case .endedExec: machine.ended(execID: "e1")
        case .shutdownRequested: return Self.outcome(machine.shutdownRequested(now: self.start))
        case .flushed:
            let action = machine.flushed(now: self.start)
            return action == .none ? .nothing : .flush(action)
        case .tickBeforeDeadline: return Self.outcome(machine.tick(now: self.start + .seconds(1)))
        // The latest of all deadlines: silence.
        case .tickAtDeadline: return Self.outcome(machine.tick(now: self.start + self.limits.silence))
        default: preconditionFailure("\(event) is a frame")
        }
        return .nothing
    }

    private static func outcome(_ action: TestMachine.FrameAction) -> TunnelOutcome {
        switch action {
        case .none: .nothing
        case .close(let closing): .closing(closing)
        default: .frame(action)
        }
    }

    private static func outcome(_ action: TestMachine.PingAction) -> TunnelOutcome {
        switch action {
        case .none: .nothing
        case .close(let closing): .closing(closing)
        case .echo: .ping(action)
        }
    }

    private static func outcome(_ action: TestMachine.ShutdownAction) -> TunnelOutcome {
        switch action {
        case .none: .nothing
        case .close(let closing): .closing(closing)
        case .drain: .shutdown(action)
        }
    }

    private static func outcome(_ action: TestMachine.TickAction) -> TunnelOutcome {
        switch action {
        case .none: .nothing
        case .close(let closing): .closing(closing)
        case .ping: .tick(action)
        }
    }

    private static func outcome(_ closing: TestMachine.Closing?) -> TunnelOutcome {
        closing.map { .closing($0) } ?? .nothing
    }

    private static func frame(_ event: TunnelEvent) -> InboundFrame? {
        switch event {
        case .welcome: .welcome(Welcome(drydockVersion: "1.6.0"))
        case .error: .error(PeerError(code: "replay", message: "no"))
        case .errorForRequest: .error(PeerError(message: "gone", requestID: "r1"))
        case .ping: .ping(timestamp: ByteBuffer(string: "7"))
        case .pong: .pong(timestamp: 7)
        case .request: .request(self.request("r2"))
        case .stream: .stream(requestID: "r1", ByteBuffer(string: "tar"))
        case .streamEnd: .streamEnd(requestID: "r1", isCanceled: false)
        case .execStart: .execStart(self.execStart("e2"))
        case .execInput: .execInput(execID: "e1", ByteBuffer(string: "ls"))
        case .execResize: .execResize(execID: "e1", TerminalSize(columns: 80, rows: 24)!)
        case .execEnd: .execEnd(execID: "e1")
        case .adapterRequest: .adapter(self.delete)
        case .unknownFrame: .unknown(type: "dd:later")
        case .malformedFrame: .malformed(Malformed(reason: "odd"))
        default: nil
        }
    }

    static let delete = AdapterRequest.delete(AdapterTarget(requestID: "d1", containerID: "c"))

    static func request(_ id: String) -> RequestFrame {
        RequestFrame(id: id, method: "GET", path: "/info", headers: [], body: nil)
    }

    static func execStart(_ id: String) -> ExecStartFrame {
        ExecStartFrame(id: id, spec: ExecSpec(containerID: "c", command: ["sh"]))
    }

    static func phase(of machine: borrowing TestMachine) -> TunnelPhase {
        switch machine {
        case .idle(_): .idle
        case .greeting(_): .greeting
        case .live(_): .live
        case .draining(_, let closeSent): closeSent ? .closing : .draining
        case .closed(_): .closed
        }
    }
}
