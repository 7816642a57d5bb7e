import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

/// Where a tunnel's life can stand.
enum TunnelPhase: CaseIterable, Codable {
    case idle
    case greeting
    case live
    /// Shut down, the queue not yet written.
    case draining
    /// Our close frame is on its way.
    case closing
    case closed
}

/// Everything that can happen to a tunnel.
enum TunnelEvent: CaseIterable, Codable {
    case upgraded
    case heard
    case pinged
    case welcome
    case error
    case errorForRequest
    case ping
    case pong
    case request
    case stream
    case streamEnd
    case execStart
    case execInput
    case execResize
    case execEnd
    case adapterRequest
    case unknownFrame
    case malformedFrame
    case closeReceived
    case violated
    case lost
    case stalled
    case suspended
    case openedRequest
    case openedExec
    case endedRequest
    case endedExec
    case shutdownRequested
    case flushed
    case tickBeforeDeadline
    case tickAtDeadline
}

/// What one event does in one phase.
struct TunnelRow: Sendable, CustomTestStringConvertible {
    let phase: TunnelPhase
    let event: TunnelEvent
    /// `nil` for a trap.
    let outcome: TunnelOutcome?
    let next: TunnelPhase

    var testDescription: String { "\(self.event) while \(self.phase)" }
}

/// The life of a tunnel, complete: every event in every phase.
enum TunnelTable {
    static let rows = [idle, greeting, live, draining, closing, closed].flatMap { $0 }

    private static let idle = row(.idle) {
        switch $0 {
        case .upgraded: (.upgrade(.sendHello), .greeting)
        case .welcome, .error, .errorForRequest, .ping, .pong, .request, .stream, .streamEnd, .execStart, .execInput,
            .execResize, .execEnd, .adapterRequest, .unknownFrame, .malformedFrame:
            (nil, .idle)
        case .closeReceived: (.closing(.init(.closedByController(code: 1001, reason: "bye"))), .closed)
        case .violated: (.closing(.init(.protocolViolation("masked"))), .closed)
        case .lost: (.closing(.init(.lost("reset"))), .closed)
        case .stalled: (.closing(.init(.stalled)), .closed)
        case .suspended: (.closing(.init(.suspended)), .closed)
        case .shutdownRequested: (.closing(.init(.shutDown)), .closed)
        case .heard, .pinged, .openedRequest, .openedExec, .endedRequest, .endedExec, .flushed, .tickBeforeDeadline,
            .tickAtDeadline:
            (.nothing, .idle)
        }
    }

    private static let greeting = row(.greeting) {
        switch $0 {
        case .upgraded: (nil, .greeting)
        case .welcome: (.frame(.welcomed(Welcome(drydockVersion: "1.6.0"))), .live)
        case .error: (.closing(.init(.rejected(code: "replay", message: "no"))), .closed)
        case .errorForRequest: (.closing(.init(.rejected(code: "unknown", message: "gone"))), .closed)
        case .ping: (.frame(.pong(timestamp: ByteBuffer(string: "7"))), .greeting)
        case .pinged: (.ping(.echo(ByteBuffer(string: "there?"))), .greeting)
        case .closeReceived: (.closing(.init(.closedByController(code: 1001, reason: "bye"))), .closed)
        case .violated: (.closing(.init(.protocolViolation("masked"))), .closed)
        case .lost: (.closing(.init(.lost("reset"))), .closed)
        case .stalled: (.closing(.init(.stalled)), .closed)
        case .suspended: (.closing(.init(.suspended)), .closed)
        case .shutdownRequested: (.shutdown(.drain(TestMachine.Streams())), .draining)
        case .tickAtDeadline: (.closing(.init(.welcomeTimedOut)), .closed)
        case .heard, .pong, .request, .stream, .streamEnd, .execStart, .execInput, .execResize, .execEnd,
            .adapterRequest,
            .unknownFrame,
            .malformedFrame, .openedRequest, .openedExec, .endedRequest, .endedExec, .flushed, .tickBeforeDeadline:
            (.nothing, .greeting)
        }
    }

    private static let live = row(.live) {
        switch $0 {
        case .upgraded: (nil, .live)
        case .welcome: (.frame(.ignored(type: "second welcome")), .live)
        case .error: (.frame(.note(PeerError(code: "replay", message: "no"))), .live)
        case .errorForRequest: (.frame(.stream(.cancel("R1"))), .live)
        case .ping: (.frame(.pong(timestamp: ByteBuffer(string: "7"))), .live)
        case .pinged: (.ping(.echo(ByteBuffer(string: "there?"))), .live)
        case .request: (.frame(.stream(.begin(TunnelFixture.request("r2")))), .live)
        // The request of the fixture has no body that comes in frames.
        case .stream: (.nothing, .live)
        case .streamEnd: (.frame(.stream(.cancel("R1"))), .live)
        case .execStart: (.frame(.stream(.beginExec(TunnelFixture.execStart("e2")))), .live)
        case .execInput: (.frame(.stream(.input("E1", ByteBuffer(string: "ls")))), .live)
        case .execResize: (.frame(.stream(.resize("E1", TerminalSize(columns: 80, rows: 24)!))), .live)
        case .execEnd: (.frame(.stream(.endExec("E1"))), .live)
        case .adapterRequest: (.frame(.serve(TunnelFixture.delete)), .live)
        case .unknownFrame: (.frame(.ignored(type: "dd:later")), .live)
        case .malformedFrame: (.frame(.answer(Malformed(reason: "odd"))), .live)
        case .closeReceived:
            (.closing(.init(.closedByController(code: 1001, reason: "bye"), TunnelFixture.open)), .closed)
        case .violated: (.closing(.init(.protocolViolation("masked"), TunnelFixture.open)), .closed)
        case .lost:
            (.closing(.init(.lost("reset"), quiet: Quiet(gap: .zero, afterPing: false), TunnelFixture.open)), .closed)
        case .stalled: (.closing(.init(.stalled, TunnelFixture.open)), .closed)
        case .suspended: (.closing(.init(.suspended, TunnelFixture.open)), .closed)
        case .shutdownRequested: (.shutdown(.drain(TunnelFixture.open)), .draining)
        case .tickAtDeadline:
            (.closing(.init(.silent, quiet: Quiet(gap: .seconds(60), afterPing: false), TunnelFixture.open)), .closed)
        case .heard, .pong, .openedRequest, .openedExec, .endedRequest, .endedExec, .flushed, .tickBeforeDeadline:
            (.nothing, .live)
        }
    }

    private static let draining = row(.draining) {
        switch $0 {
        case .upgraded: (nil, .draining)
        case .flushed: (.flush(.sendClose), .closing)
        case .pinged: (.ping(.echo(ByteBuffer(string: "there?"))), .draining)
        case .closeReceived, .violated, .lost, .stalled, .suspended, .tickAtDeadline:
            (.closing(.init(.shutDown)), .closed)
        case .heard, .welcome, .error, .errorForRequest, .ping, .pong, .request, .stream, .streamEnd, .execStart,
            .execInput,
            .execResize, .execEnd, .adapterRequest, .unknownFrame, .malformedFrame, .openedRequest, .openedExec,
            .endedRequest,
            .endedExec, .shutdownRequested, .tickBeforeDeadline:
            (.nothing, .draining)
        }
    }

    private static let closing = row(.closing) {
        switch $0 {
        case .upgraded: (nil, .closing)
        case .closeReceived, .violated, .lost, .stalled, .suspended, .tickAtDeadline:
            (.closing(.init(.shutDown)), .closed)
        case .heard, .pinged, .welcome, .error, .errorForRequest, .ping, .pong, .request, .stream, .streamEnd,
            .execStart,
            .execInput,
            .execResize, .execEnd, .adapterRequest, .unknownFrame, .malformedFrame, .openedRequest, .openedExec,
            .endedRequest,
            .endedExec, .shutdownRequested, .flushed, .tickBeforeDeadline:
            (.nothing, .closing)
        }
    }

    /// Nothing brings a tunnel back.
    private static let closed = row(.closed) { _ in (.nothing, .closed) }

    private static func row(
        _ phase: TunnelPhase,
        _ outcome: (TunnelEvent) -> (outcome: TunnelOutcome?, next: TunnelPhase)
    ) -> [TunnelRow] {
        TunnelEvent.allCases.map { event in
            let (outcome, next) = outcome(event)
            return TunnelRow(phase: phase, event: event, outcome: outcome, next: next)
        }
    }
}
