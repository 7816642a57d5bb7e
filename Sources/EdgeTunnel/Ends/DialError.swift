/// Why one dial did not lead to an upgraded connection.
enum DialError: Error {
    case failed(DialPhase, String)
    /// The upgrade got no byte in answer.
    case silentUpgrade
    /// - Parameter advice: who answered, and what to do about it.
    case refused(status: Int, retryAfter: Duration?, advice: String)

    var end: SessionEnd {
        switch self {
        case .failed(let phase, let what): .dialFailed(phase, what)
        case .silentUpgrade: .upgradeSilent
        case .refused(let status, let retryAfter, let advice):
            .upgradeRefused(status: status, retryAfter: retryAfter, advice: advice)
        }
    }
}
