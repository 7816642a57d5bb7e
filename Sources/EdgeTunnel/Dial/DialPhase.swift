/// The hops of one dial, in order.
package enum DialPhase: String, CaseIterable, Sendable {
    case dns
    case tcp
    case proxy
    case tls
    case upgrade
    case hello
    case welcome
}

/// How long each hop of one dial took, in the order they were taken.
package struct PhaseTimings: Sendable, Equatable {
    package private(set) var entries: [Entry] = []

    package struct Entry: Sendable, Equatable {
        package let phase: DialPhase
        package let duration: Duration
    }

    package init() {}

    package mutating func record(_ phase: DialPhase, _ duration: Duration) {
        self.entries.append(Entry(phase: phase, duration: duration))
    }
}
