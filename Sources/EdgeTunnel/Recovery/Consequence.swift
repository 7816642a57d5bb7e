import Drydock

/// What the end of one attempt asks for.
enum Consequence: Equatable, Sendable {
    /// Dial again after the back-off, but not before the controller's own wish.
    case retry(atLeast: Duration?)
    /// The path or the protocol's name was not understood. With a parking, giving up is due once the other dialect
    /// says so too; without, the controller just did not answer.
    case otherDialect(Parking?)
    /// The controller does not know the key; the next one may be registered already.
    case otherKey(Parking)
    /// The controller finds our clock wrong.
    case measureClock
    /// Our last session is still in the controller's books.
    case awaitReaping
    /// Only a person can help.
    case park(Parking)
    /// We are leaving.
    case stop
}

/// Why the agent rests instead of dialling, and what a person can do about it.
package struct Parking: Hashable, Sendable {
    /// The controller's code, `http-404`, or `key-unusable`.
    package let code: String
    /// A sentence.
    package let remedy: String

    package init(code: String, remedy: String) {
        self.code = code
        self.remedy = remedy
    }
}

extension SessionEnd {
    /// A 429 is counted over 15 minutes; the contract asks for a minute at least.
    private static let tooManyUpgrades = Duration.seconds(60)

    var consequence: Consequence {
        switch self {
        case .upgradeSilent: .otherDialect(nil)
        case .upgradeRefused(let status, _, _) where self.isMisrouted:
            .otherDialect(
                Parking(
                    code: "http-\(status)",
                    remedy: "Whatever answers at DRYDOCK_URL has no agent endpoint; check the URL's path, the "
                        + "reverse proxy's routes and the controller's version (1.6 or later has it switched on)."
                )
            )
        case .upgradeRefused(429, let retryAfter, _): .retry(atLeast: max(retryAfter ?? .zero, Self.tooManyUpgrades))
        case .upgradeRefused(_, let retryAfter, _): .retry(atLeast: retryAfter)
        case .rejected(let code, _): RejectionCode(rawValue: code)?.consequence ?? .retry(atLeast: nil)
        case .keyUnusable(let what): .park(Parking(code: "key-unusable", remedy: what))
        case .dialFailed, .welcomeTimedOut, .closedByController, .lost, .silent, .stalled, .suspended,
            .protocolViolation:
            .retry(atLeast: nil)
        case .shutDown: .stop
        }
    }

    /// The controller said something over the WebSocket, so the way to it is open.
    var isControllersWord: Bool {
        switch self {
        case .rejected, .closedByController: true
        default: false
        }
    }

    /// Something that has no agent endpoint answered the upgrade.
    var isMisrouted: Bool {
        guard case .upgradeRefused(let status, _, _) = self else { return false }
        return [404, 405, 410, 426, 501].contains(status)
    }

    /// The controller said goodbye in order: it restarts, and its whole fleet will come back at once.
    var isControllerLeaving: Bool {
        switch self {
        // 1001 going away, 1012 service restart, 1005 and 1000 a close without a complaint.
        case .closedByController(let code, let reason):
            [nil, 1000, 1001, 1005, 1012].contains(code) && reason != "ping timeout"
        default: false
        }
    }
}

extension RejectionCode {
    var consequence: Consequence {
        switch self {
        case .ed25519Required, .noAuth, .badSignature, .invalidAgentName, .parseError, .expectedHello,
            .agentNameClaimed:
            .park(self.parking)
        case .unknownKey: .otherKey(self.parking)
        case .protocolMismatch: .otherDialect(self.parking)
        case .timestampSkew: .measureClock
        case .agentAlreadyConnected: .awaitReaping
        case .badNonce, .replay, .internalError, .rateLimited, .registryFull: .retry(atLeast: nil)
        }
    }

    private var parking: Parking { Parking(code: self.rawValue, remedy: self.remedy) }
}
