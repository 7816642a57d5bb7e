import Drydock
import NIOCore

/// How one dial or one session ended. An end is data: the loop above decides what it means.
package enum SessionEnd: Equatable, Sendable {
    /// Never got as far as a welcome; the phase says which hop failed.
    case dialFailed(DialPhase, String)
    /// The connection stood, but the upgrade got no answer at all: what a Drydock does on a path it does not know.
    case upgradeSilent
    /// The upgrade was answered with something else than 101. The answer may have said when to come back; `advice` says who
    /// gave it, as far as that is known, and what to do.
    case upgradeRefused(status: Int, retryAfter: Duration?, advice: String = "")
    /// The private key could not be used, so there was nothing to dial for.
    case keyUnusable(String)
    /// An `error` frame in place of the welcome.
    case rejected(code: String, message: String)
    /// No welcome in time.
    case welcomeTimedOut
    /// The controller closed the WebSocket.
    case closedByController(code: UInt16?, reason: String)
    /// The connection broke without a close frame.
    case lost(String)
    /// Nothing was heard for longer than the liveness limit.
    case silent
    /// Bytes waited, but the controller took none for longer than `WriteWatch.limit`.
    case stalled
    /// The host slept meanwhile.
    case suspended
    /// We closed because the other side broke the WebSocket protocol.
    case protocolViolation(String)
    /// Our own shutdown.
    case shutDown
}

extension SessionEnd: CustomStringConvertible {
    package var description: String {
        switch self {
        case .dialFailed(let phase, let what): "\(phase.rawValue) failed: \(what)"
        case .upgradeSilent: "upgrade failed: the controller did not answer it"
        case .upgradeRefused(let status, _, let advice): "the upgrade was answered with HTTP \(status)\(advice)"
        case .keyUnusable(let what): what
        case .rejected(let code, let message): "rejected by the controller: \(code): \(message)"
        case .welcomeTimedOut: "no welcome in time"
        case .closedByController(let code, let reason):
            "closed by the controller: \(code.map(String.init) ?? "no code") \(reason)"
        case .lost(let what): "connection lost: \(what)"
        case .silent: "nothing heard from the controller"
        case .suspended: "this host was suspended"
        case .stalled: "the controller takes no more data"
        case .protocolViolation(let what): "the controller broke the WebSocket protocol: \(what)"
        case .shutDown: "shut down"
        }
    }
}

extension SessionEnd {
    /// A short word for logs, metrics and the attempt log: stable, and few of them.
    package var code: String {
        switch self {
        case .dialFailed(let phase, _): "\(phase.rawValue)-failed"
        case .upgradeSilent: "upgrade-silent"
        case .upgradeRefused(let status, _, _): "http-\(status)"
        case .keyUnusable: "key-unusable"
        // A controller could send anything; what we do not know is one word.
        case .rejected(let code, _): RejectionCode(rawValue: code)?.rawValue ?? "rejected"
        case .welcomeTimedOut: "welcome-timeout"
        case .closedByController: "closed"
        case .lost: "lost"
        case .silent: "silent"
        case .suspended: "suspended"
        case .stalled: "stalled"
        case .protocolViolation: "protocol-violation"
        case .shutDown: "shutdown"
        }
    }
}

/// How a tunnel connection ended.
struct TunnelEnd: Equatable, Sendable {
    var end: SessionEnd
    /// Set when the connection died without a word.
    var quiet: Quiet?
    /// Bytes that the controller's end had not acknowledged.
    var unacknowledged = 0

    init(_ end: SessionEnd, quiet: Quiet? = nil) {
        self.end = end
        self.quiet = quiet
    }
}

/// The session was over before the controller welcomed us; how is in its `SessionEnd`.
struct TunnelEndedBeforeWelcome: Error {}

/// How long nothing had been heard when a session died without a word.
struct Quiet: Equatable, Sendable {
    var gap: TimeAmount
    /// The connection was found dead by a ping that followed the gap, not ended by a device on the way.
    var afterPing: Bool
}
