import NIOCore

/// What one dial led to: the hops that were taken, and an upgraded channel or the reason why there is none.
struct DialOutcome {
    var timings: PhaseTimings
    var result: Result<any Channel, DialError>
}

/// Why one dial did not lead to an upgraded connection.
enum DialError: Error {
    case failed(DialPhase, String)
    /// The upgrade got no byte in answer.
    case silentUpgrade
    /// - Parameter server: the product that answered, as it calls itself.
    case refused(status: Int, retryAfter: Duration?, server: String?)

    var end: SessionEnd {
        switch self {
        case .failed(let phase, let what): .dialFailed(phase, what)
        case .silentUpgrade: .upgradeSilent
        case .refused(let status, let retryAfter, let server):
            .upgradeRefused(status: status, retryAfter: retryAfter, server: server)
        }
    }
}
