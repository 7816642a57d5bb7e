import NIOCore
import Support

/// What a world is like. Most of an agent's life is quiet, and most of its faults come where it is not.
enum WorldKind: UInt64, CaseIterable {
    /// Minutes of everything at once, on links of every kind.
    case busy
    /// Hours with something to do now and then.
    case ordinary
    /// Weeks in which controllers are away, refuse and come back for a while.
    case outage
    /// A day on which hardly anything happens.
    case quiet

    /// A seed names its kind in its last digits, so that it alone is enough to begin a world again.
    init(seed: UInt64) {
        self = Self(rawValue: seed % UInt64(Self.allCases.count))!
    }

    func seed(_ number: UInt64) -> UInt64 {
        number / UInt64(Self.allCases.count) * UInt64(Self.allCases.count) + self.rawValue
    }

    /// How long it lasts before the weather clears.
    var length: ClosedRange<Int64> {
        switch self {
        case .busy: 60...400
        case .ordinary: 1800...7200
        case .outage: 864_000...2_592_000
        case .quiet: 43_200...129_600
        }
    }

    /// Mean seconds between two faults.
    var faultEvery: Int64 {
        switch self {
        case .busy: 25
        case .ordinary: 400
        case .outage: 900
        case .quiet: 14_400
        }
    }
}
