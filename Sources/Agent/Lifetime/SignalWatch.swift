import DockerBridge
import Glibc
import Logging
import Synchronization

/// Listens to signals on a thread of its own, so that no work of the agent stands between it and a SIGTERM.
///
/// Nothing on that thread blocks: what a signal asks for is started elsewhere, and the log is a queue.
final class SignalWatch: Sendable {
    /// For the last lines of a log, whose reader may have gone.
    private static let lastWords = Duration.milliseconds(300)

    /// What the agent does about signals, once there is an agent.
    struct Responses: Sendable {
        /// SIGHUP: files may have changed. Must not block.
        let reload: @Sendable () -> Void
        let stop: @Sendable () async -> Void
    }

    private struct State {
        /// Until the log's settings are read there is no log, and nothing to say.
        var log: (logger: Logger, queue: LogQueue)?
        var responses: Responses?
        /// SIGHUP came while the agent started, perhaps after the file had been read that it is about.
        var missedReload = false
    }

    private let state = Mutex(State())
    private let parts: OpenParts

    /// - Parameter parts: named where not all of them end in time.
    /// - Throws: `AgentError` when the process cannot start a thread.
    init(_ signals: SignalPipe, parts: OpenParts) throws(AgentError) {
        self.parts = parts
        try DetachedThread.start("signals") {
            var machine = SignalMachine()
            while true {
                for number in signals.next(within: machine.wait(now: .now)) {
                    if let action = machine.received(number, now: .now) { self.perform(action) }
                }
                if let action = machine.elapsed(now: .now) { self.perform(action) }
            }
        }
    }

    func log(to logger: Logger, _ queue: LogQueue) {
        self.state.withLock { $0.log = (logger, queue) }
    }

    /// Until then SIGTERM ends the process at once: it has nothing to give up.
    func respond(with responses: Responses) {
        let mustReload = self.state.withLock { state in
            state.responses = responses
            return state.missedReload
        }
        if mustReload { responses.reload() }
    }

    private func perform(_ action: SignalMachine.Action) {
        switch action {
        case .reap: ChildProcesses.shared.reapOrphans()
        case .reload: self.reload()
        case .stop(let signal): self.stop(signal)
        case .exitNow(let status):
            ChildProcesses.shared.killAll()
            _exit(status)
        case .giveUp: self.giveUp()
        }
    }

    private func giveUp() {
        let open = self.parts.names.joined(separator: ", ")
        let sentence = "not everything ended within 8 s, exiting"
        let log = self.state.withLock { $0.log }
        log?.logger.error("\(sentence)", metadata: ["still_open": "\(open)"])
        ChildProcesses.shared.killAll()
        if log?.queue.flush(within: Self.lastWords) != true {
            StandardError.writeIfRead("lookout: \(sentence); still open: \(open)\n")
        }
        _exit(1)
    }

    private func reload() {
        let state = self.state.withLock { state in
            if state.responses == nil { state.missedReload = true }
            return state
        }
        state.log?.logger.info("SIGHUP: reading files again")
        state.responses?.reload()
    }

    private func stop(_ signal: CInt) {
        let state = self.state.withLock { $0 }
        state.log?.logger.info("shutting down...", metadata: ["signal": "\(signal == SIGINT ? "SIGINT" : "SIGTERM")"])
        guard let responses = state.responses else { self.exit(0) }
        Task { await responses.stop() }
    }

    private func exit(_ status: CInt) -> Never {
        self.state.withLock { $0.log }?.queue.flush(within: Self.lastWords)
        _exit(status)
    }
}
