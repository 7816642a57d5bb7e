/// What a listener's day is like.
enum ServerWorldKind: UInt64, CaseIterable {
    /// Minutes in which more clients come than there are places.
    case crowded
    /// Hours in which a few clients come now and then.
    case visited

    /// A seed names its kind, so that it alone is enough to begin a world again.
    init(seed: UInt64) {
        self = Self(rawValue: seed % UInt64(Self.allCases.count))!
    }

    func seed(_ number: UInt64) -> UInt64 {
        number / UInt64(Self.allCases.count) * UInt64(Self.allCases.count) + self.rawValue
    }

    /// Seconds in which clients come.
    var length: ClosedRange<Int64> {
        switch self {
        case .crowded: 60...300
        case .visited: 43_200...129_600
        }
    }

    /// Mean seconds between two arrivals.
    var arrivalEvery: Double {
        switch self {
        case .crowded: 0.7
        case .visited: 1200
        }
    }

    var connections: ClosedRange<Int> {
        switch self {
        case .crowded: 4...80
        case .visited: 16...4096
        }
    }
}
