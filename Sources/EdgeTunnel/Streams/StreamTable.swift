import DockerBridge
import NIOCore

/// What is open on one tunnel, by the ids of its controller, and which new streams there is a place for.
///
/// A value. `Request` and `Exec` are whatever the owner keeps for a stream; the table only hands them back.
struct StreamTable<Request, Exec> {
    /// Requests in flight; the number a Drydock keeps pending for one agent.
    static var maximumRequests: Int { 100 }
    static var maximumExecs: Int { 100 }

    var requests: [String: Request] = [:]
    var execs: [String: Exec] = [:]

    func admit(_ request: RequestFrame) -> StreamAction<Request, Exec> {
        if self.requests[request.id] != nil { return .refuseRequest(id: request.id, reason: "duplicate requestId") }
        guard self.requests.count < Self.maximumRequests else {
            return .refuseRequest(id: request.id, reason: "agent busy: too many concurrent requests")
        }
        return .begin(request)
    }

    /// - Returns: `nil` under a live id: a second start would take over the terminal of the first one.
    func admit(_ start: ExecStartFrame) -> StreamAction<Request, Exec>? {
        guard self.execs[start.id] == nil else { return nil }
        guard self.execs.count < Self.maximumExecs else {
            return .refuseExec(id: start.id, reason: "session limit reached")
        }
        return .beginExec(start)
    }
}

extension StreamTable: Equatable where Request: Equatable, Exec: Equatable {}
extension StreamTable: Sendable where Request: Sendable, Exec: Sendable {}

/// What a controller's frame asks of the streams of its tunnel.
enum StreamAction<Request, Exec> {
    case begin(RequestFrame)
    case refuseRequest(id: String, reason: String)
    case cancel(Request)
    case beginExec(ExecStartFrame)
    case refuseExec(id: String, reason: String)
    case input(Exec, ByteBuffer)
    case resize(Exec, TerminalSize)
    /// The controller ends the session: nothing more is sent for it.
    case endExec(Exec)
    /// Some of the session's input is lost: end it with `reason`.
    case breakExec(Exec, reason: String)
}

extension StreamAction: Equatable where Request: Equatable, Exec: Equatable {}
extension StreamAction: Sendable where Request: Sendable, Exec: Sendable {}
