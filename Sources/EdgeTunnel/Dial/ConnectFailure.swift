import Base
import Glibc
import NIOCore
import NIOPosix

/// Says in words why no TCP connection came about.
enum ConnectFailure {
    /// - Parameter isProxy: whether it was to lead to a proxy rather than to the controller.
    static func text(_ error: any Error, host: String, isProxy: Bool) -> String {
        Self.text(error, host: host, peer: isProxy ? "proxy" : "controller")
    }

    private static func text(_ error: any Error, host: String, peer: String) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let attempt = error.connectionErrors.first {
                let reason = (attempt.error as? IOError).map { Self.text($0.errnoCode, peer) } ?? "\(attempt.error)"
                return "\(host) at \(attempt.target.ipAddress ?? host) port \(error.port): \(reason)"
            }
            return "the name \(host) cannot be resolved"
        case let error as IOError: return Self.text(error.errnoCode, peer)
        case is CancellationError: return "given up"
        default: return "\(error)"
        }
    }

    private static func text(_ code: CInt, _ peer: String) -> String {
        switch code {
        case ECONNREFUSED: "connection refused; is the \(peer) running, and is the port right?"
        case ETIMEDOUT: "no answer; a firewall may drop the packets"
        case EHOSTUNREACH, ENETUNREACH: "no route to it"
        default: SystemFault(code).description
        }
    }
}

extension Error {
    /// Whether the other end closed the connection. With bytes of ours still unread there, that arrives as a reset.
    var isHangUp: Bool {
        (self as? IOError).map { [ECONNRESET, EPIPE].contains($0.errnoCode) } ?? false
    }
}
