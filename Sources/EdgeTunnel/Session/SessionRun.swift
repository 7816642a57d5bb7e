import DockerBridge
import Drydock
import Logging
import NIOCore
import ServiceLifecycle

/// The life of one upgraded connection, from the hello to the end. How it ended is data.
struct SessionRun: Sendable {
    struct Life {
        var end: TunnelEnd
        var timings: PhaseTimings
        /// Since the welcome; `nil` when there was none.
        var uptime: Duration?
    }

    let limits: TunnelLimits
    let dispatcher: NIOLoopBound<RequestDispatcher>
    /// What the agent answers itself.
    let endpoints: [any OwnEndpoint]
    let state: StateSource?
    let audit: TunnelAudit?
    let monitor: TunnelMonitor
    let logger: Logger

    /// Serves the controller until the connection is over.
    ///
    /// - Parameters:
    ///   - timings: of the dial; those of the hello and the welcome are added.
    ///   - hello: writes the signed hello.
    func live(
        on channel: any Channel,
        timings: PhaseTimings,
        hello: @escaping @Sendable (inout ByteBuffer) -> Void
    ) async -> Life {
        var life = Life(end: TunnelEnd(.lost("the connection closed right after the upgrade")), timings: timings)
        let welcomed = self.dispatcher.eventLoop.makePromise(of: Welcome.self)
        let ended = self.dispatcher.eventLoop.makePromise(of: TunnelEnd.self)
        let greetedAt = ContinuousClock.Instant.now
        let begun = try? await self.dispatcher.eventLoop.submit {
            let handler = TunnelChannel(
                limits: self.limits,
                hello: hello,
                dispatcher: self.dispatcher.value,
                endpoints: self.endpoints,
                state: self.state,
                audit: self.audit,
                monitor: self.monitor,
                logger: self.logger,
                welcomed: welcomed,
                ended: ended
            )
            try HeadExchange.handOver(channel, to: handler)
            let helloAt = ContinuousClock.Instant.now
            var timings = timings
            timings.record(.hello, greetedAt.duration(to: helloAt))
            // On the loop, where the tunnel's end is told as well: a tunnel that is gone must not be announced.
            let announced = welcomed.futureResult.map { [timings] welcome in
                var timings = timings
                timings.record(.welcome, helloAt.duration(to: .now))
                self.announce(welcome, timings: timings)
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
        self.monitor.setProbe { handler.eventLoop.submit { handler.value.report() } }
        defer { self.monitor.setProbe(nil) }
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

    private func announce(_ welcome: Welcome, timings: PhaseTimings) {
        self.monitor.update {
            $0.state = .connected
            $0.parking = nil
            $0.timings = timings
            $0.drydockVersion = welcome.drydockVersion
            $0.roundTrip = nil
            $0.pingInterval = .nanoseconds((self.limits.ping ?? self.limits.heartbeat).nanoseconds)
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
