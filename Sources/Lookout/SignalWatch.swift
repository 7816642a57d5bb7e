import Glibc
import Logging
import UnixSignals

/// What signals mean to the agent.
///
/// SIGTERM and SIGINT stop it in an orderly way, a second one at once. SIGHUP never ends it.
struct SignalWatch {
    /// From `trap`.
    let signals: UnixSignalsSequence
    let logger: Logger
    /// SIGHUP: files may have changed.
    let reload: @Sendable () async -> Void
    let stop: @Sendable () async -> Void

    /// From here on no signal ends the process by itself; those that come wait for `run`.
    static func trap() async -> UnixSignalsSequence {
        signal(SIGPIPE, SIG_IGN)
        return await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
    }

    func run() async {
        var isStopping = false
        for await received in self.signals {
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
