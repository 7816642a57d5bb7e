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
    private let state: StateSource?
    private let trail: AuditTrail?
    private let origin: OriginDialer
    private let monitor: TunnelMonitor
    private let logger: Logger

    init(
        settings: TunnelSettings,
        dispatcher: NIOLoopBound<RequestDispatcher>,
        state: StateSource?,
        trail: AuditTrail?,
        monitor: TunnelMonitor,
        logger: Logger
    ) {
        self.settings = settings
        self.dispatcher = dispatcher
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
            life: Life? = nil
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
            return Outcome(record: record, quiet: life?.end.quiet, fleetSlot: key?.fleetSlot ?? 0)
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
        let audit = self.trail.map { TunnelAudit(trail: $0, controller: controller) }
        let life = await self.live(on: channel, limits: limits, audit: audit, timings: dialled.timings) {
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

    /// What to add to this host's clock for a controller that finds it wrong, in seconds; `nil` when nobody can be
    /// believed about it.
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

    // MARK: From the hello to the end

    private struct Life {
        var end: TunnelEnd
        var timings: PhaseTimings
        /// Since the welcome; `nil` when there was none.
        var uptime: Duration?
    }

    private func live(
        on channel: any Channel,
        limits: TunnelLimits,
        audit: TunnelAudit?,
        timings: PhaseTimings,
        hello: @escaping @Sendable (inout ByteBuffer) -> Void
    ) async -> Life {
        var life = Life(end: TunnelEnd(.lost("the connection closed right after the upgrade")), timings: timings)
        let welcomed = self.eventLoop.makePromise(of: Welcome.self)
        let ended = self.eventLoop.makePromise(of: TunnelEnd.self)
        let (logger, dispatcher, state, monitor) = (self.logger, self.dispatcher, self.state, self.monitor)
        let greetedAt = ContinuousClock.Instant.now
        let begun = try? await self.eventLoop.submit {
            let handler = TunnelChannel(
                limits: limits,
                hello: hello,
                dispatcher: dispatcher.value,
                state: state,
                audit: audit,
                monitor: monitor,
                logger: logger,
                welcomed: welcomed,
                ended: ended
            )
            try HeadExchange.handOver(channel, to: handler)
            let helloAt = ContinuousClock.Instant.now
            var timings = timings
            timings.record(.hello, greetedAt.duration(to: helloAt))
            // On the loop, where the tunnel's end is told as well: nobody may hear of a tunnel that is gone already.
            let announced = welcomed.futureResult.map { [timings] welcome in
                var timings = timings
                timings.record(.welcome, helloAt.duration(to: .now))
                self.announce(welcome, limits: limits, timings: timings)
                return timings
            }
            let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
            return (handler: bound, timings: timings, announced: announced)
        }.get()
        guard let begun else {
            welcomed.fail(TunnelEndedBeforeWelcome())
            ended.succeed(life.end)
            return life
        }
        life.timings = begun.timings
        let handler = begun.handler
        monitor.setProbe { handler.eventLoop.submit { handler.value.report() } }
        defer { monitor.setProbe(nil) }
        return await withGracefulShutdownHandler {
            var welcomedAt: ContinuousClock.Instant?
            if let timings = try? await begun.announced.get() {
                welcomedAt = .now
                life.timings = timings
            }
            if let end = try? await ended.futureResult.get() { life.end = end }
            life.uptime = welcomedAt.map { $0.duration(to: .now) }
            return life
        } onGracefulShutdown: {
            handler.eventLoop.execute { handler.value.shutDown() }
        }
    }

    private func announce(_ welcome: Welcome, limits: TunnelLimits, timings: PhaseTimings) {
        self.monitor.update {
            $0.state = .connected
            $0.parking = nil
            $0.timings = timings
            $0.drydockVersion = welcome.drydockVersion
            $0.roundTrip = nil
            $0.pingInterval = .nanoseconds((limits.ping ?? limits.heartbeat).nanoseconds)
            $0.welcomes += 1
        }
        self.logger.info(
            "welcomed",
            metadata: [
                "drydock": "\(welcome.drydockVersion ?? "unknown")",
                "compat": "\(welcome.serverCompatLevel ?? "unknown")",
            ]
        )
        if let compat = welcome.serverCompatLevel, !compat.hasPrefix("1.") {
            self.logger.warning(
                "the controller speaks another major version; it may not understand this agent",
                metadata: ["compat": "\(compat)", "ours": "\(SignedHello.drydockCompat)"]
            )
        }
    }
}

extension SigningKey {
    /// Key ids are digests, and so spread evenly.
    fileprivate var fleetSlot: Double {
        Double(UInt64(self.verifyingKey.keyID, radix: 16) ?? 0) / 0x1p64
    }
}
