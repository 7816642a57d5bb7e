import NIOCore

/// Tells from how sessions end what is wrong with the path where the agent cannot help itself.
///
/// One session that dies says nothing: controllers crash, and cables are pulled. Three alike in a row do.
///
/// A value.
struct PathDiagnosis: Sendable {
    /// A session, as far as it says something of the path.
    struct Session {
        var end: SessionEnd
        /// Since the welcome; `nil` when there was none.
        var uptime: Duration?
        /// Set when it died without a word.
        var quiet: Quiet?
        /// Bytes that the other end had not acknowledged.
        var unacknowledged = 0
    }

    private enum Sign: Equatable {
        /// A large message was never acknowledged.
        case swallowed
        /// The connection was cut after less than what pings can prevent.
        case cut(after: TimeAmount)
    }

    private static let needed = 3
    /// More than one packet of the smallest usual path (IPv6 promises 1,280 bytes with headers).
    private static let largeBytes = 1200
    /// The first large message is the list of containers, which follows the welcome. Pings have been answered many times by then.
    private static let early = Duration.seconds(300)
    /// No box forgets a connection sooner. A controller that hangs up over what it was sent does so at once.
    private static let soonest = TimeAmount.seconds(2)
    /// A controller that hangs up before may have done so amid a message; one that misses pongs waits longer.
    private static let patient = Duration.seconds(20)

    private var sign: Sign?
    private var count = 0

    /// - Returns: what to do, for log and status; `nil` while nothing is known.
    mutating func ended(_ session: Session) -> String? {
        let sign = Self.sign(of: session)
        self.count = sign != nil && Self.isAlike(sign, self.sign) ? self.count + 1 : 1
        self.sign = sign
        guard let sign, self.count >= Self.needed else { return nil }
        switch sign {
        case .swallowed:
            return "\(self.count) sessions in a row ended soon after the welcome, with much that the controller never "
                + "acknowledged: the path may drop large packets; see whether a lower MTU of the interface that the agent "
                + "uses helps, for example 1400, or let ICMP (packet too big, fragmentation needed) through"
        case .cut(let gap):
            let seconds = (gap.nanoseconds + 500_000_000) / 1_000_000_000
            return
                "\(self.count) sessions in a row were cut after about \(seconds) s without traffic, which pings every "
                + "5 s cannot prevent; raise the idle time-out of the firewall, NAT or proxy on the way above 10 s"
        }
    }

    private static func sign(of session: Session) -> Sign? {
        guard let uptime = session.uptime else { return nil }
        let isSwallowed = session.unacknowledged > self.largeBytes && uptime < self.early
        switch session.end {
        case .silent, .stalled: if isSwallowed { return .swallowed }
        // A pong is behind the large message.
        case .closedByController: return isSwallowed && uptime >= self.patient ? .swallowed : nil
        case .lost: break
        default: return nil
        }
        // Where a session outlived so many pings, pings keep the path open.
        guard let quiet = session.quiet, quiet.gap >= self.soonest, uptime < self.early else { return nil }
        let isTooSoon = quiet.afterPing ? quiet.gap <= IdleCutoff.shortest : quiet.gap < IdleCutoff.noticeable
        return isTooSoon ? .cut(after: quiet.gap) : nil
    }

    private static func isAlike(_ sign: Sign?, _ last: Sign?) -> Bool {
        switch (sign, last) {
        case (.swallowed, .swallowed): true
        case (.cut(let gap), .cut(let lastGap)):
            // A controller that crashes now and then leaves gaps of any length.
            abs(gap.nanoseconds - lastGap.nanoseconds) <= max(lastGap.nanoseconds / 10, 500_000_000)
        default: false
        }
    }
}
