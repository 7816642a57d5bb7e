import Base
package import DockerBridge
import Drydock
package import Logging
package import NIOCore
import ServiceLifecycle
package import Trail

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
    private let pause = WakeableSleep()

    /// - Parameters:
    ///   - dispatcher: the tunnel lives on its event loop.
    ///   - endpoints: what the agent answers itself.
    ///   - state: what a controller is told of this host; `nil` tells it nothing.
    ///   - trail: where it is written down what controllers do; `nil` writes nothing.
    package init(
        settings: TunnelSettings,
        dispatcher: NIOLoopBound<RequestDispatcher>,
        endpoints: [any OwnEndpoint] = [],
        state: StateSource? = nil,
        trail: AuditTrail? = nil,
        monitor: TunnelMonitor,
        logger: Logger
    ) {
        self.settings = settings
        self.session = TunnelSession(
            settings: settings,
            dispatcher: dispatcher,
            endpoints: endpoints,
            state: state,
            trail: trail,
            monitor: monitor,
            logger: logger
        )
        self.monitor = monitor
        self.logger = logger
    }

    /// SIGHUP: an agent that waits dials if that may help, see `ReloadRule`.
    package func reload() {
        self.pause.wake(.reload)
    }

    /// Has an agent that waits dial at once.
    ///
    /// - Returns: what it was doing; only one that waits or is parked has been told to dial.
    package func dialNow() -> TunnelStatus.State {
        let state = self.monitor.state
        if state == .waiting || state == .parked { self.pause.wake(.dial) }
        return state
    }

    /// Returns after a shutdown.
    ///
    /// - Throws: `Parked` when only a person can help and the settings say to end then.
    package func run() async throws {
        var recovery = Recovery(self.settings.recovery)
        var attempts = AttemptLog(folder: self.settings.stateFolder)
        var idle = IdleCutoff()
        var diagnosis = PathDiagnosis()
        var files = DialFiles(self.settings)
        var clockOffset: Int64 = 0
        var generator = SystemRandomNumberGenerator()
        var next = Recovery.Next(candidate: recovery.first, wait: .zero)
        self.monitor.update { $0.attempts = attempts.lines }
        while !Task.isShuttingDownGracefully {
            if next.measuresClock {
                clockOffset = await self.session.measureClock(next.candidate) ?? clockOffset
            }
            // A file that changes from here on may not be the one that was read.
            files.read()
            recovery.started(next.candidate, now: .now)
            let outcome = await self.session.run(
                next.candidate,
                pingInterval: idle.interval,
                clockOffset: clockOffset
            )
            // What was asked for before the session began has been done.
            if outcome.record.uptime != nil { self.pause.forget() }
            idle.redialled(answered: outcome.record.uptime != nil || outcome.record.end.isControllersWord)
            if let quiet = outcome.quiet { idle.died(quiet) }
            let advice = diagnosis.ended(
                .init(
                    end: outcome.record.end,
                    uptime: outcome.record.uptime,
                    quiet: outcome.quiet,
                    unacknowledged: outcome.unacknowledged
                )
            )
            self.note(outcome.record, advice, in: &attempts)
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
            if try await self.wait(next, after: outcome.record.end, watching: &files) {
                recovery.startOver()
                let rest = recovery.restOfFloor(now: .now)
                next = Recovery.Next(candidate: recovery.first, wait: rest)
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: rest) }
            }
        }
        self.monitor.update { $0.state = .stopping }
    }

    /// - Parameter advice: where the path is to blame.
    private func note(_ record: AttemptRecord, _ advice: String?, in attempts: inout AttemptLog) {
        if let advice {
            self.logger.warning("the network on the way needs a change", metadata: ["advice": "\(advice)"])
        }
        if let problem = attempts.append(record) {
            self.logger.warning("the attempt log cannot be kept", metadata: ["error": "\(problem)"])
        }
        let lines = attempts.lines
        self.monitor.update {
            $0.attempts = lines
            $0.lastEnd = advice.map { "\(record.end); \($0)" } ?? "\(record.end)"
            $0.ends[record.end.code, default: 0] += 1
        }
    }

    // MARK: Between two dials

    /// - Returns: whether something was changed meanwhile, so that waiting on makes no sense.
    private func wait(
        _ next: Recovery.Next,
        after end: SessionEnd,
        watching files: inout DialFiles
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
        var deadline = ContinuousClock.Instant.now + next.wait
        var startsOver = false
        while ContinuousClock.Instant.now < deadline, !Task.isShuttingDownGracefully {
            let look = min(deadline, .now + KeyFileWatch.interval)
            let wake = await cancelWhenGracefulShutdown { await self.pause.sleep(until: look) }
            if wake == .dial { return true }
            let hasNewKey = files.keys.hasChanged()
            if hasNewKey { self.logger.info("a key file has changed, dialling") }
            let wait = ReloadRule.wait(
                hasNewKey: hasNewKey,
                hasNewTrust: wake == .reload && files.trust.hasChanged(),
                isParked: wake == .reload && next.parking != nil,
                spread: self.settings.reloadSpread,
                slot: .random(in: 0..<1)
            )
            guard let wait else {
                if wake == .reload { self.logger.info("SIGHUP: nothing that a dial reads has changed, waiting on") }
                continue
            }
            if wait == .zero { return true }
            startsOver = true
            deadline = min(deadline, .now + wait)
            self.logger.info("SIGHUP: dialling soon", metadata: ["wait_s": "\(wait.seconds)"])
        }
        return startsOver
    }
}

/// The files that a dial reads.
private struct DialFiles {
    var keys: KeyFileWatch
    var trust: KeyFileWatch

    init(_ settings: TunnelSettings) {
        self.keys = KeyFileWatch(paths: settings.keyFiles)
        self.trust = KeyFileWatch(paths: settings.trustFiles)
    }

    /// A dial reads them now.
    mutating func read() {
        _ = self.keys.hasChanged()
        _ = self.trust.hasChanged()
    }
}

/// Only a person can make the next dial succeed, and the settings ask to end then.
package struct Parked: Error, Equatable, CustomStringConvertible {
    package let parking: Parking

    package var description: String { "\(self.parking.code): \(self.parking.remedy)" }
}
