import NIOCore

/// Learns how long a path keeps an idle connection, and how often to ping so that it does.
///
/// A middlebox forgets a quiet connection (nginx after 60 s, others after 100 s or 25 s) and tells neither end: the next
/// ping meets silence or a reset. One such death is enough to halve the interval. One that closes the connection
/// itself at the end of the gap looks like a controller that died just then, so two alike are needed. The session that
/// follows already pings by what was learnt. It is forgotten when the controller does not answer that dial, because then
/// it was an outage; any answer confirms it, also the one that our last session is still in its books: a box that forgets
/// leaves a controller behind that has heard nothing of it.
struct IdleCutoff: Equatable, Sendable {
    /// Pings more often than this would be noise on any link.
    static let shortest = TimeAmount.seconds(5)
    /// A connection that was closed after less says nothing: no box ends one so soon. A box that forgets it in silence may
    /// be as impatient as the shortest interval.
    static let noticeable = TimeAmount.seconds(10)

    /// Between two pings; `nil` while nothing was learnt.
    var interval: TimeAmount? { self.suspected ?? self.learnt }

    private var learnt: TimeAmount?
    private var suspected: TimeAmount?
    private var lastGap: TimeAmount?

    /// A session died without a word.
    mutating func died(_ quiet: Quiet) {
        guard quiet.afterPing ? quiet.gap > Self.shortest : quiet.gap >= Self.noticeable else { return }
        if quiet.afterPing || self.isLikeTheLast(quiet.gap) {
            let half = max(Self.shortest, .nanoseconds(quiet.gap.nanoseconds / 2))
            self.suspected = min(self.learnt ?? half, half)
        }
        self.lastGap = quiet.gap
    }

    /// The first dial after it is over.
    ///
    /// - Parameter answered: the controller itself said something, whatever it was.
    mutating func redialled(answered: Bool) {
        if answered { self.learnt = self.suspected ?? self.learnt } else { self.lastGap = nil }
        self.suspected = nil
    }

    private func isLikeTheLast(_ gap: TimeAmount) -> Bool {
        guard let lastGap else { return false }
        return abs(gap.nanoseconds - lastGap.nanoseconds) <= lastGap.nanoseconds / 10
    }
}
