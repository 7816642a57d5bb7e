/// How much a finding gives away.
package enum Severity: String, Sendable, CaseIterable, Comparable {
    /// Control of the host with no further step.
    case critical
    /// One layer of isolation is gone.
    case high
    /// Weakens isolation or leaks data.
    case medium
    /// Hygiene.
    case low

    /// 0 is the worst.
    var rank: Int {
        switch self {
        case .critical: 0
        case .high: 1
        case .medium: 2
        case .low: 3
        }
    }

    /// The worse one is the greater.
    package static func < (left: Severity, right: Severity) -> Bool { left.rank > right.rank }
}
