import NIOCore

/// How long nothing had been heard when a session died without a word.
struct Quiet: Equatable, Sendable {
    var gap: TimeAmount
    /// The connection was found dead by a ping that followed the gap, not ended by somebody on the way.
    var afterPing: Bool
}

/// Learns how long a path keeps an idle connection, and how often to ping so that it does.
///
/// A middlebox forgets a quiet connection (nginx after 60 s, others after 100 s or 25 s) and tells nobody: the next
/// ping meets silence or a reset. One such death is enough to halve the interval. One that closes the connection
/// itself at the end of the gap looks like a controller that died just then, so two alike are needed. Neither counts
/// when the next dial fails: then it was an outage.
struct IdleCutoff: Equatable, Sendable {
    /// Pings more often than this would be noise on any link.
    static let shortest = TimeAmount.seconds(5)
    /// A gap below it says nothing: no box is that impatient.
    private static let noticeable = TimeAmount.seconds(10)

    /// Between two pings; `nil` while nothing was learnt.
    private(set) var interval: TimeAmount?
    private var suspect: Quiet?
    private var lastGap: TimeAmount?

    /// A session died without a word.
    mutating func died(_ quiet: Quiet) {
        self.suspect = quiet.gap >= Self.noticeable ? quiet : nil
    }

    /// The first dial after it is over.
    mutating func redialled(welcomed: Bool) {
        guard let quiet = self.suspect else { return }
        self.suspect = nil
        guard welcomed else { return }
        defer { self.lastGap = quiet.gap }
        if quiet.afterPing || self.isLikeTheLast(quiet.gap) {
            let half = max(Self.shortest, .nanoseconds(quiet.gap.nanoseconds / 2))
            self.interval = min(self.interval ?? half, half)
        }
    }

    private func isLikeTheLast(_ gap: TimeAmount) -> Bool {
        guard let lastGap else { return false }
        return abs(gap.nanoseconds - lastGap.nanoseconds) <= lastGap.nanoseconds / 10
    }
}
