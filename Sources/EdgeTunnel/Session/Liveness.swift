import NIOCore

/// The signs of life of one session: when to ping, when to give the peer up, how long a round trip takes.
///
/// A value; `now` comes from outside.
struct Liveness {
    private let limits: TunnelLimits
    private let start: NIODeadline
    private var lastHeard: NIODeadline
    private var lastPing: NIODeadline?
    /// The first ping since something was heard.
    private var unheardPing: NIODeadline?
    /// The first ping without a pong.
    private var unansweredPing: NIODeadline?
    /// Whether this peer is known to answer pings; one that never did is not judged by it.
    private var answersPings = false

    init(limits: TunnelLimits, now: NIODeadline) {
        self.limits = limits
        self.start = now
        self.lastHeard = now
    }

    /// Any byte counts as life.
    mutating func heard(now: NIODeadline) {
        self.lastHeard = now
        self.unheardPing = nil
    }

    mutating func pinged(now: NIODeadline) {
        self.lastPing = now
        if self.unheardPing == nil { self.unheardPing = now }
        if self.unansweredPing == nil { self.unansweredPing = now }
    }

    /// - Returns: the round trip, when a ping was waiting for its pong.
    mutating func answered(now: NIODeadline) -> TimeAmount? {
        guard let ping = self.unansweredPing else { return nil }
        self.unansweredPing = nil
        self.answersPings = true
        return now - ping
    }

    var nextPing: NIODeadline {
        let usual = self.limits.ping ?? self.limits.heartbeat
        guard let lastPing else { return self.start + min(self.limits.firstPing, usual) }
        let isInDoubt = self.answersPings && self.unheardPing != nil
        return lastPing + (isInDoubt ? min(usual, TunnelLimits.probe) : usual)
    }

    /// When the peer is given up if nothing is heard before.
    var death: NIODeadline {
        let silence = self.lastHeard + self.limits.silence
        guard self.answersPings, let unheardPing else { return silence }
        return min(silence, unheardPing + TunnelLimits.unansweredPing)
    }

    /// How long nothing had been heard when the connection went: up to the ping that met silence, or up to now.
    func quiet(now: NIODeadline) -> Quiet {
        if let unheardPing { return Quiet(gap: unheardPing - self.lastHeard, afterPing: true) }
        return Quiet(gap: now - self.lastHeard, afterPing: false)
    }
}
