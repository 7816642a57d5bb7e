import Auth
import Base
import DockerBridge
import Drydock
import Logging
import NIOCore
import ServiceLifecycle
import Trail

/// One attempt: key, dial, hello, welcome, and the life that follows. It never throws: how it ended is data.
struct TunnelSession: Sendable {
    private let settings: TunnelSettings
    private let dispatcher: NIOLoopBound<RequestDispatcher>
    private let endpoints: [any OwnEndpoint]
    private let state: StateSource?
    private let trail: AuditTrail?
    private let origin: OriginDialer
    private let monitor: TunnelMonitor
    private let logger: Logger

    init(
        settings: TunnelSettings,
        dispatcher: NIOLoopBound<RequestDispatcher>,
        endpoints: [any OwnEndpoint] = [],
        state: StateSource?,
        trail: AuditTrail?,
        monitor: TunnelMonitor,
        logger: Logger
    ) {
        self.settings = settings
        self.dispatcher = dispatcher
        self.endpoints = endpoints
        self.state = state
        self.trail = trail
        self.origin = settings.originDialer
        self.monitor = monitor
        self.logger = logger
    }

    struct Outcome {
        var record: AttemptRecord
        /// Set when the session died without a word.
        var quiet: Quiet?
        /// Bytes that the controller's end had not acknowledged.
        var unacknowledged: Int
        /// This agent's place in its fleet, 0..<1, from its key.
        var fleetSlot: Double
    }

    private var eventLoop: any EventLoop { self.dispatcher.eventLoop }

    /// - Parameters:
    ///   - pingInterval: when the path needs more pings than the settings ask for.
    ///   - clockOffset: seconds to add to this host's clock when signing.
    func run(_ candidate: Candidate, pingInterval: TimeAmount?, clockOffset: Int64) async -> Outcome {
        let start = UnixTime.now
        let controller = self.settings.controllers[candidate.controller]
        func outcome(
            _ end: SessionEnd,
            key: SigningKey? = nil,
            timings: PhaseTimings = PhaseTimings(),
            life: SessionRun.Life? = nil
        ) -> Outcome {
            let record = AttemptRecord(
                at: start,
                controller: controller,
                dialect: candidate.dialect,
                keyID: key?.verifyingKey.keyID,
                timings: timings,
                uptime: life?.uptime,
                end: end
            )
            return Outcome(
                record: record,
                quiet: life?.end.quiet,
                unacknowledged: life?.end.unacknowledged ?? 0,
                fleetSlot: key?.fleetSlot ?? 0
            )
        }
        let key: SigningKey
        do {
            key = try self.settings.signingKey(candidate.key)
        } catch {
            return outcome(.keyUnusable("\(error)"))
        }
        self.announce(candidate, controller, key)
        let hello = self.settings.hello(
            dialect: candidate.dialect,
            key: key,
            dockerVersion: await EngineAPI(dispatcher: self.dispatcher).refreshVersion()?.version ?? "unknown"
        )
        let target = DialTarget(address: controller, dialect: candidate.dialect)
        let dialled = await self.dial(target)
        let channel: any Channel
        switch dialled.result {
        case .success(let connected): channel = connected
        case .failure(let error): return outcome(error.end, key: key, timings: dialled.timings)
        }
        var limits = TunnelLimits(
            welcome: TimeAmount(self.settings.welcomeTimeout),
            heartbeat: TimeAmount(self.settings.heartbeat)
        )
        limits.execs = self.settings.maximumExecs
        limits.streams = self.settings.maximumStreams
        limits.ping = pingInterval.map { min($0, limits.heartbeat) }
        let run = SessionRun(
            limits: limits,
            dispatcher: self.dispatcher,
            endpoints: self.endpoints,
            state: self.state,
            audit: self.trail.map { TunnelAudit(trail: $0, controller: controller) },
            monitor: self.monitor,
            logger: self.logger
        )
        let life = await run.live(on: channel, timings: dialled.timings) {
            let now = UnixTime.now.seconds + clockOffset
            hello.write(into: &$0, key: key, timestamp: now, nonce: .random())
        }
        return outcome(life.end.end, key: key, timings: life.timings, life: life)
    }

    private func announce(_ candidate: Candidate, _ controller: ControllerAddress, _ key: SigningKey) {
        self.monitor.update {
            $0.state = .dialling
            $0.controller = controller
            $0.dialect = candidate.dialect
            $0.keyID = key.verifyingKey.keyID
            $0.nextDial = nil
            $0.dials += 1
        }
        self.logger.info(
            "dialling",
            metadata: [
                "url": "\(controller)", "dialect": "\(candidate.dialect.rawValue)",
                "key_id": "\(key.verifyingKey.keyID)", "key": "\(candidate.key.rawValue)",
            ]
        )
    }

    /// A shutdown does not wait for a dial that may take its whole deadline.
    private func dial(_ target: DialTarget) async -> DialOutcome {
        let dialer = TunnelDialer(origin: self.origin, eventLoop: self.eventLoop, logger: self.logger)
        return await cancelWhenGracefulShutdown { await dialer.dial(target) }
    }

    /// What to add to this host's clock for a controller that finds it wrong, in seconds; `nil` without a source
    /// that can be believed.
    func measureClock(_ candidate: Candidate) async -> Int64? {
        let clock = OriginClock(origin: self.origin, eventLoop: self.eventLoop)
        let controller = self.settings.controllers[candidate.controller]
        do {
            let reading = try await cancelWhenGracefulShutdown { try await clock.read(controller) }
            let offset = try ClockOffset.seconds(
                server: reading.server,
                local: reading.local,
                roundTrip: reading.roundTrip
            )
            self.logger.warning(
                "the controller finds this host's clock wrong; signing with the controller's time",
                metadata: ["offset_s": "\(offset)"]
            )
            self.monitor.update { $0.clockOffset = offset }
            return offset
        } catch {
            self.logger.warning(
                "the controller finds this host's clock wrong, and the right time is not known",
                metadata: ["reason": "\(error)"]
            )
            return nil
        }
    }
}

extension SigningKey {
    /// Key ids are digests, and so spread evenly.
    fileprivate var fleetSlot: Double {
        Double(UInt64(self.verifyingKey.keyID, radix: 16) ?? 0) / 0x1p64
    }
}
