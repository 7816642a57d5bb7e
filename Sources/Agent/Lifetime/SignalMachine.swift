import Glibc

/// What signals mean to the agent, without a process: a signal or a moment goes in, an action comes out.
///
/// SIGTERM and SIGINT stop the agent in an orderly way, a second one ends it at once, and so does the deadline. SIGHUP never
/// ends it.
struct SignalMachine {
    /// From the signal to the last effort, so that with the log's last lines the process is gone within 8 s: `docker stop`
    /// kills after 10.
    static let stopLimit = Duration.milliseconds(7500)

    enum Action: Equatable {
        /// A child process has ended.
        case reap
        case reload
        /// `signal` is SIGTERM or SIGINT.
        case stop(signal: CInt)
        /// A second signal. The status is a shell's: 128 and the signal's number.
        case exitNow(status: CInt)
        /// The deadline has passed with work still open.
        case giveUp
    }

    private enum State {
        case running
        case stopping(until: ContinuousClock.Instant)
        case over
    }

    private var state = State.running

    mutating func received(_ signal: CInt, now: ContinuousClock.Instant) -> Action? {
        switch signal {
        case SIGCHLD: return .reap
        case SIGHUP:
            guard case .running = self.state else { return nil }
            return .reload
        case SIGTERM, SIGINT:
            switch self.state {
            case .running:
                self.state = .stopping(until: now + Self.stopLimit)
                return .stop(signal: signal)
            case .stopping:
                self.state = .over
                return .exitNow(status: 128 + signal)
            case .over: return nil
            }
        default: return nil
        }
    }

    /// To be asked when `wait` is over.
    mutating func elapsed(now: ContinuousClock.Instant) -> Action? {
        guard case .stopping(let until) = self.state, now >= until else { return nil }
        self.state = .over
        return .giveUp
    }

    /// How long the next signal may be waited for; `nil` for as long as it takes.
    func wait(now: ContinuousClock.Instant) -> Duration? {
        guard case .stopping(let until) = self.state else { return nil }
        return max(.zero, now.duration(to: until))
    }
}
