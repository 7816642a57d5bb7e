import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

/// Where a tunnel's life can stand; the machine keeps this to itself, so it is found out by asking.
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
    /// The action in words, as `TunnelAction.words` writes it; `nil` for a trap.
    let action: String?
    let next: TunnelPhase

    var testDescription: String { "\(self.event) while \(self.phase)" }
}

/// The life of a tunnel, complete: every event in every phase.
enum TunnelTable {
    static let rows = [idle, greeting, live, draining, closing, closed].flatMap { $0 }

    private static let idle = row(.idle) {
        switch $0 {
        case .upgraded: ("send hello", .greeting)
        case .welcome, .error, .errorForRequest, .ping, .pong, .request, .streamEnd, .execStart, .execInput,
            .execResize, .execEnd, .adapterRequest, .unknownFrame, .malformedFrame:
            (nil, .idle)
        case .closeReceived: ("close: closed by the controller: 1001 bye", .closed)
        case .violated: ("close: the controller broke the WebSocket protocol: masked", .closed)
        case .lost: ("close: connection lost: reset", .closed)
        case .stalled: ("close: the controller takes no more data", .closed)
        case .suspended: ("close: this host was suspended", .closed)
        case .shutdownRequested: ("close: shut down", .closed)
        case .heard, .pinged, .openedRequest, .openedExec, .endedRequest, .endedExec, .flushed, .tickBeforeDeadline,
            .tickAtDeadline:
            ("none", .idle)
        }
    }

    private static let greeting = row(.greeting) {
        switch $0 {
        case .upgraded: (nil, .greeting)
        case .welcome: ("welcomed by 1.6.0", .live)
        case .error: ("close: rejected by the controller: replay: no", .closed)
        case .errorForRequest: ("close: rejected by the controller: unknown: gone", .closed)
        case .ping: ("pong 7", .greeting)
        case .pinged: ("echo there?", .greeting)
        case .closeReceived: ("close: closed by the controller: 1001 bye", .closed)
        case .violated: ("close: the controller broke the WebSocket protocol: masked", .closed)
        case .lost: ("close: connection lost: reset", .closed)
        case .stalled: ("close: the controller takes no more data", .closed)
        case .suspended: ("close: this host was suspended", .closed)
        case .shutdownRequested: ("drain", .draining)
        case .tickAtDeadline: ("close: no welcome in time", .closed)
        case .heard, .pong, .request, .streamEnd, .execStart, .execInput, .execResize, .execEnd, .adapterRequest,
            .unknownFrame,
            .malformedFrame, .openedRequest, .openedExec, .endedRequest, .endedExec, .flushed, .tickBeforeDeadline:
            ("none", .greeting)
        }
    }

    private static let live = row(.live) {
        switch $0 {
        case .upgraded: (nil, .live)
        case .welcome: ("ignored second welcome", .live)
        case .error: ("note replay: no", .live)
        case .errorForRequest: ("cancel R1", .live)
        case .ping: ("pong 7", .live)
        case .pinged: ("echo there?", .live)
        case .request: ("begin r2", .live)
        case .streamEnd: ("cancel R1", .live)
        case .execStart: ("begin exec e2", .live)
        case .execInput: ("input ls for E1", .live)
        case .execResize: ("resize E1 to 80x24", .live)
        case .execEnd: ("end exec E1", .live)
        case .adapterRequest: ("delete c", .live)
        case .unknownFrame: ("ignored dd:later", .live)
        case .malformedFrame: ("note malformed odd", .live)
        case .closeReceived: ("close: closed by the controller: 1001 bye, dropping E1 R1", .closed)
        case .violated: ("close: the controller broke the WebSocket protocol: masked, dropping E1 R1", .closed)
        case .lost: ("close: connection lost: reset, dropping E1 R1", .closed)
        case .stalled: ("close: the controller takes no more data, dropping E1 R1", .closed)
        case .suspended: ("close: this host was suspended, dropping E1 R1", .closed)
        case .shutdownRequested: ("drain E1 R1", .draining)
        case .tickAtDeadline: ("close: nothing heard from the controller, dropping E1 R1", .closed)
        case .heard, .pong, .openedRequest, .openedExec, .endedRequest, .endedExec, .flushed, .tickBeforeDeadline:
            ("none", .live)
        }
    }

    private static let draining = row(.draining) {
        switch $0 {
        case .upgraded: (nil, .draining)
        case .flushed: ("send close", .closing)
        case .pinged: ("echo there?", .draining)
        case .closeReceived, .violated, .lost, .stalled, .suspended, .tickAtDeadline: ("close: shut down", .closed)
        case .heard, .welcome, .error, .errorForRequest, .ping, .pong, .request, .streamEnd, .execStart, .execInput,
            .execResize, .execEnd, .adapterRequest, .unknownFrame, .malformedFrame, .openedRequest, .openedExec,
            .endedRequest,
            .endedExec, .shutdownRequested, .tickBeforeDeadline:
            ("none", .draining)
        }
    }

    private static let closing = row(.closing) {
        switch $0 {
        case .upgraded: (nil, .closing)
        case .closeReceived, .violated, .lost, .stalled, .suspended, .tickAtDeadline: ("close: shut down", .closed)
        case .heard, .pinged, .welcome, .error, .errorForRequest, .ping, .pong, .request, .streamEnd, .execStart,
            .execInput,
            .execResize, .execEnd, .adapterRequest, .unknownFrame, .malformedFrame, .openedRequest, .openedExec,
            .endedRequest,
            .endedExec, .shutdownRequested, .flushed, .tickBeforeDeadline:
            ("none", .closing)
        }
    }

    /// Nothing brings a tunnel back.
    private static let closed = row(.closed) { _ in ("none", .closed) }

    private static func row(
        _ phase: TunnelPhase,
        _ outcome: (TunnelEvent) -> (action: String?, next: TunnelPhase)
    ) -> [TunnelRow] {
        TunnelEvent.allCases.map { event in
            let (action, next) = outcome(event)
            return TunnelRow(phase: phase, event: event, action: action, next: next)
        }
    }
}
