import Dispatch
import Logging
import Synchronization

/// Reads one kind of file again, beside everything else.
///
/// A file can hang for ever: a network file system whose server is gone, a FIFO in the place of a key. So each kind has a
/// lane of its own. A lane runs at most once at a time, and once more for all requests that came meanwhile.
final class ReloadLane: Sendable {
    /// After that long the log says that it is not done.
    static let patience = Duration.seconds(5)

    private enum State {
        case idle
        /// `run` counts, so that a late note does not speak of the next one.
        case running(run: Int, again: Bool)
    }

    private let name: String
    private let logger: Logger
    private let patience: Duration
    /// Calls back when it is done, from any thread.
    private let work: @Sendable (_ done: @escaping @Sendable () -> Void) -> Void
    private let state = Mutex((state: State.idle, runs: 0))

    /// - Parameters:
    ///   - name: what is read, as in "SIGHUP: the audit log is still being read".
    ///   - work: may block; runs on a thread of its own.
    init(
        _ name: String,
        logger: Logger,
        patience: Duration = ReloadLane.patience,
        blocking work: @escaping @Sendable () -> Void
    ) {
        self.name = name
        self.logger = logger
        self.patience = patience
        self.work = { done in
            do {
                try DetachedThread.start("reload") {
                    work()
                    done()
                }
            } catch {
                logger.error("SIGHUP: \(name) cannot be read", metadata: ["error": "\(error)"])
                done()
            }
        }
    }

    /// - Parameter work: does not block a thread.
    init(
        _ name: String,
        logger: Logger,
        patience: Duration = ReloadLane.patience,
        _ work: @escaping @Sendable () async -> Void
    ) {
        self.name = name
        self.logger = logger
        self.patience = patience
        self.work = { done in
            Task {
                await work()
                done()
            }
        }
    }

    /// Does not wait.
    func request() {
        let run = self.state.withLock { lane -> Int? in
            switch lane.state {
            case .running(let run, again: _):
                lane.state = .running(run: run, again: true)
                return nil
            case .idle:
                lane.runs += 1
                lane.state = .running(run: lane.runs, again: false)
                return lane.runs
            }
        }
        if let run { self.begin(run) }
    }

    private func begin(_ run: Int) {
        let wait = DispatchTimeInterval.milliseconds(
            Int(self.patience.components.seconds * 1000 + self.patience.components.attoseconds / 1_000_000_000_000_000)
        )
        DispatchQueue.global().asyncAfter(deadline: .now() + wait) { self.note(run) }
        self.work { self.ended() }
    }

    private func ended() {
        let next = self.state.withLock { lane -> Int? in
            guard case .running(_, again: true) = lane.state else {
                lane.state = .idle
                return nil
            }
            lane.runs += 1
            lane.state = .running(run: lane.runs, again: false)
            return lane.runs
        }
        if let next { self.begin(next) }
    }

    private func note(_ run: Int) {
        let isRunning = self.state.withLock { lane in
            if case .running(run, again: _) = lane.state { return true }
            return false
        }
        guard isRunning else { return }
        self.logger.warning(
            "SIGHUP: \(self.name) is still being read; the disk may hang, and what was read before stays in use"
        )
    }
}
