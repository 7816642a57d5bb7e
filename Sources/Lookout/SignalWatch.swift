import Glibc
import Logging
import UnixSignals

/// What signals mean to the agent.
///
/// SIGTERM and SIGINT stop it in an orderly way, a second one at once. SIGHUP never ends it.
struct SignalWatch {
    let logger: Logger
    /// SIGHUP: files may have changed.
    let reload: @Sendable () async -> Void
    let stop: @Sendable () async -> Void

    func run() async {
        signal(SIGPIPE, SIG_IGN)
        var isStopping = false
        for await received in await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup) {
            if received == .sighup {
                self.logger.info("SIGHUP: reading keys and certificates again, dialling if there is no connection")
                await self.reload()
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
