import Auth
package import DockerBridge
package import Logging
package import NIOCore
import ServiceLifecycle

/// Keeps one tunnel up: dial, live, wait, again.
///
/// Concurrency: `run` owns the lifetimes; everything that carries bytes is in the channel handlers on the
/// dispatcher's event loop.
/// Between two sessions only the back-off survives.
package struct EdgeTunnelService {
    /// A session that lived this long resets the back-off; one that dies sooner may be caused by what it carried.
    private static let healthyAfter = Duration.seconds(30)

    private let settings: TunnelSettings
    private let engine: EngineAPI
    private let dispatcher: NIOLoopBound<RequestDispatcher>
    private let logger: Logger

    private var eventLoop: any EventLoop { self.dispatcher.eventLoop }

    /// - Parameter dispatcher: the tunnel lives on its event loop.
    package init(
        settings: TunnelSettings,
        dispatcher: NIOLoopBound<RequestDispatcher>,
        logger: Logger
    ) {
        self.settings = settings
        self.engine = EngineAPI(dispatcher: dispatcher)
        self.dispatcher = dispatcher
        self.logger = logger
    }

    package func run() async throws {
        var backoff = Backoff(base: self.settings.reconnectDelay, cap: self.settings.maximumReconnectDelay)
        var generator = SystemRandomNumberGenerator()
        while !Task.isShuttingDownGracefully {
            let session = await self.connectOnce()
            if session.end == .shutDown || Task.isShuttingDownGracefully { break }
            if let uptime = session.uptime, uptime >= Self.healthyAfter { backoff.reset() }
            let wait = backoff.next(using: &generator)
            self.logger.warning(
                "tunnel down, dialling again",
                metadata: ["reason": "\(session.end)", "wait_s": "\(wait.seconds)"]
            )
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
        }
    }

    // MARK: One session

    private struct Session {
        let end: SessionEnd
        /// Since the welcome; `nil` when there was none.
        var uptime: Duration?
    }

    /// Never throws: how a session ended is data.
    private func connectOnce() async -> Session {
        let key: SigningKey
        do {
            key = try SigningKey.load(path: self.settings.privateKeyFile)
        } catch {
            return Session(end: .keyUnusable("\(error)"))
        }
        let hello = SignedHello(
            dialect: self.settings.dialect,
            agentID: self.settings.agentID ?? key.verifyingKey.stableAgentID,
            agentName: self.settings.agentName,
            hostname: self.settings.hostname,
            agentVersion: self.settings.agentVersion,
            dockerVersion: await self.engine.refreshVersion() ?? "unknown"
        )
        self.logger.info(
            "dialling",
            metadata: [
                "url": "\(self.settings.controller)", "dialect": "\(self.settings.dialect.rawValue)",
                "key_id": "\(key.verifyingKey.keyID)",
            ]
        )
        do throws(DialError) {
            let channel = try await self.dial()
            return await self.live(on: channel, hello: hello, key: key)
        } catch {
            return Session(end: error.end)
        }
    }

    /// A shutdown does not wait for a dial that may take its whole deadline.
    private func dial() async throws(DialError) -> any Channel {
        let dialer = TunnelDialer(settings: self.settings, eventLoop: self.eventLoop)
        do {
            return try await cancelWhenGracefulShutdown { try await dialer.dial() }
        } catch let error as DialError {
            throw error
        } catch {
            throw .failed(.connect, "\(error)")
        }
    }

    private func live(on channel: any Channel, hello: SignedHello, key: SigningKey) async -> Session {
        let welcomed = self.eventLoop.makePromise(of: Welcome.self)
        let ended = self.eventLoop.makePromise(of: SessionEnd.self)
        let logger = self.logger
        let dispatcher = self.dispatcher
        let limits = TunnelLimits(
            welcome: TimeAmount(self.settings.welcomeTimeout),
            heartbeat: TimeAmount(self.settings.heartbeat)
        )
        let handler = try? await self.eventLoop.submit {
            let handler = TunnelHandler(
                limits: limits,
                hello: { hello.write(into: &$0, key: key, timestamp: UnixTime.now.seconds, nonce: .random()) },
                dispatcher: dispatcher.value,
                logger: logger,
                welcomed: welcomed,
                ended: ended
            )
            try UpgradeHandler.handOver(channel, to: handler)
            return NIOLoopBound(handler, eventLoop: channel.eventLoop)
        }.get()
        guard let handler else {
            welcomed.fail(TunnelEndedBeforeWelcome())
            ended.succeed(.lost("the connection closed right after the upgrade"))
            return Session(end: .lost("the connection closed right after the upgrade"))
        }
        return await withGracefulShutdownHandler {
            var welcomedAt: ContinuousClock.Instant?
            if let welcome = try? await welcomed.futureResult.get() {
                welcomedAt = .now
                self.announce(welcome)
            }
            let end = (try? await ended.futureResult.get()) ?? .lost("the session ended without a reason")
            return Session(end: end, uptime: welcomedAt.map { $0.duration(to: .now) })
        } onGracefulShutdown: {
            handler.eventLoop.execute { handler.value.shutDown() }
        }
    }

    private func announce(_ welcome: Welcome) {
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

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + (Double(attoseconds) / 1e15).rounded() / 1000
    }
}
