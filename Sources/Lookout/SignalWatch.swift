import Glibc
import Logging
import UnixSignals

/// What signals mean to the agent.
///
/// SIGTERM and SIGINT stop it in an orderly way, a second one at once. SIGHUP never ends it.
struct SignalWatch {
    private let logger: Logger
    private let stop: @Sendable () async -> Void

    init(logger: Logger, stop: @escaping @Sendable () async -> Void) {
        self.logger = logger
        self.stop = stop
    }

    func run() async {
        signal(SIGPIPE, SIG_IGN)
        var isStopping = false
        for await received in await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup) {
            if received == .sighup {
                self.logger.info("SIGHUP: keys and certificates are read again at every dial; nothing to do now")
                continue
            }
            let number = received == .sigint ? SIGINT : SIGTERM
            if isStopping { _exit(128 + number) }
            isStopping = true
            self.logger.info("shutting down...", metadata: ["signal": "\(received)"])
            await self.stop()
        }
    }
}
