package import Auth
package import DockerBridge
package import Logging
package import NIOCore
import ServiceLifecycle

/// Keeps one tunnel up: dial, live, wait, again.
///
/// Concurrency: `run` owns the lifetimes; everything that carries bytes is in the channel handlers on the
/// dispatcher's event loop. What survives from one session to the next is in `Recovery`, `IdleCutoff` and the
/// attempt log.
package struct EdgeTunnelService: Sendable {
    private let settings: TunnelSettings
    private let session: TunnelSession
    private let monitor: TunnelMonitor
    private let logger: Logger
    private let nap = Nap()

    /// - Parameters:
    ///   - dispatcher: the tunnel lives on its event loop.
    ///   - state: what a controller is told of this host; `nil` tells it nothing.
    ///   - trail: where it is written down what controllers do; `nil` writes nothing.
    package init(
        settings: TunnelSettings,
        dispatcher: NIOLoopBound<RequestDispatcher>,
        state: StateSource? = nil,
        trail: AuditTrail? = nil,
        monitor: TunnelMonitor,
        logger: Logger
    ) {
        self.settings = settings
        self.session = TunnelSession(
            settings: settings,
            dispatcher: dispatcher,
            state: state,
            trail: trail,
            monitor: monitor,
            logger: logger
        )
        self.monitor = monitor
        self.logger = logger
    }

    /// SIGHUP: whatever the agent waits for, it dials now.
    package func dialNow() {
        self.nap.wake()
    }

    /// Returns after a shutdown.
    ///
    /// - Throws: `Parked` when only a person can help and the settings say to end then.
    package func run() async throws {
        var recovery = Recovery(self.settings.recovery)
        var attempts = AttemptLog(folder: self.settings.stateFolder)
        var idle = IdleCutoff()
        var keys = KeyFileWatch(paths: self.settings.keyFiles)
        var clockOffset: Int64 = 0
        var generator = SystemRandomNumberGenerator()
        var next = Recovery.Next(candidate: recovery.first, wait: .zero)
        self.monitor.update { $0.attempts = attempts.lines }
        while !Task.isShuttingDownGracefully {
            if next.measuresClock {
                clockOffset = await self.session.measureClock(next.candidate) ?? clockOffset
            }
            // A file that changes from here on may not be the one that was read.
            _ = keys.hasChanged()
            recovery.started(next.candidate, now: .now)
            let outcome = await self.session.run(
                next.candidate,
                pingInterval: idle.interval,
                clockOffset: clockOffset
            )
            idle.redialled(welcomed: outcome.record.uptime != nil)
            if let quiet = outcome.quiet { idle.died(quiet) }
            self.note(outcome.record, in: &attempts)
            let following = recovery.ended(
                outcome.record.end,
                of: next.candidate,
                uptime: outcome.record.uptime,
                slot: outcome.fleetSlot,
                now: .now,
                using: &generator
            )
            guard let following, !Task.isShuttingDownGracefully else { break }
            next = following
            if try await self.wait(next, after: outcome.record.end, watching: &keys) {
                recovery.startOver()
                let rest = recovery.restOfFloor(now: .now)
                next = Recovery.Next(candidate: recovery.first, wait: rest)
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: rest) }
            }
        }
        self.monitor.update { $0.state = .stopping }
    }

    private func note(_ record: AttemptRecord, in attempts: inout AttemptLog) {
        if let problem = attempts.append(record) {
            self.logger.warning("the attempt log cannot be kept", metadata: ["error": "\(problem)"])
        }
        let lines = attempts.lines
        self.monitor.update {
            $0.attempts = lines
            $0.lastEnd = "\(record.end)"
            $0.ends[record.end.code, default: 0] += 1
        }
    }

    // MARK: Between two dials

    /// - Returns: whether something was changed meanwhile, so that waiting on makes no sense.
    private func wait(
        _ next: Recovery.Next,
        after end: SessionEnd,
        watching keys: inout KeyFileWatch
    ) async throws -> Bool {
        var due = UnixTime.now
        due.seconds += Int64(next.wait.seconds.rounded(.up))
        self.monitor.update {
            $0.state = next.parking == nil ? .waiting : .parked
            $0.parking = next.parking
            $0.nextDial = due
        }
        if let parking = next.parking {
            self.logger.error(
                "parked: the controller will not have this agent until something changes",
                metadata: [
                    "code": "\(parking.code)", "remedy": "\(parking.remedy)", "reason": "\(end)",
                    "wait_s": "\(next.wait.seconds)",
                ]
            )
            if self.settings.park == .exit { throw Parked(parking: parking) }
        } else {
            self.logger.warning(
                "tunnel down, dialling again",
                metadata: ["reason": "\(end)", "wait_s": "\(next.wait.seconds)"]
            )
        }
        let deadline = ContinuousClock.Instant.now + next.wait
        while ContinuousClock.Instant.now < deadline, !Task.isShuttingDownGracefully {
            let look = min(deadline, .now + KeyFileWatch.interval)
            if await cancelWhenGracefulShutdown({ await self.nap.sleep(until: look) }) { return true }
            if keys.hasChanged() {
                self.logger.info("a key file has changed, dialling")
                return true
            }
        }
        return false
    }
}

/// Only a person can make the next dial succeed, and the settings ask to end then.
package struct Parked: Error, Equatable, CustomStringConvertible {
    package let parking: Parking

    package var description: String { "\(self.parking.code): \(self.parking.remedy)" }
}
