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

extension DialPhase {
    /// What a person reads when nothing came: "… within 5 s".
    var silence: String {
        switch self {
        case .dns: "the name server did not answer"
        case .tcp: "no connection came about (is the host up, does a firewall drop the packets?)"
        case .proxy: "the proxy did not answer"
        case .tls: "the TLS handshake was not done"
        case .upgrade, .hello, .welcome: "no answer came"
        }
    }
}

/// How long each hop of one dial took, in the order they were taken.
package struct PhaseTimings: Sendable, Equatable {
    package private(set) var entries: [Entry] = []

    /// One hop.
    package struct Entry: Sendable, Equatable {
        package let phase: DialPhase
        package let duration: Duration
    }

    package init() {}

    /// A hop that is taken in two steps, such as a proxy inside TLS, is one entry.
    package mutating func record(_ phase: DialPhase, _ duration: Duration) {
        if let last = self.entries.last, last.phase == phase {
            self.entries[self.entries.count - 1] = Entry(phase: phase, duration: last.duration + duration)
            return
        }
        self.entries.append(Entry(phase: phase, duration: duration))
    }
}

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
