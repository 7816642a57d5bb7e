import DockerBridge
import NIOCore

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
