package import DockerBridge
import Glibc
package import Logging
package import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// The inbound listener of standard mode: the agent's own routes and the Docker API behind them.
///
/// Each event loop has a dispatcher of its own; a connection and the engine connections that it uses share one loop.
package final class Listener: Sendable {
    private let settings: ListenerSettings
    private let group: any EventLoopGroup
    private let dispatchers: [NIOLoopBound<RequestDispatcher>]
    private let gate: AuthGate
    private let routes: AgentRoutes
    private let metrics: RequestMetrics?
    private let certificates: CertificateFiles?
    private let load: ListenerLoad
    private let logger: Logger

    /// - Parameters:
    ///   - groups: routes beside those for health and info.
    ///   - metrics: told where requests are counted.
    ///   - group: whose event loops the dispatchers live on, one on each.
    /// - Throws: when the files for TLS cannot be used.
    package init(
        settings: ListenerSettings,
        group: any EventLoopGroup,
        dispatchers: [NIOLoopBound<RequestDispatcher>],
        gate: AuthGate,
        health: AgentHealth,
        info: AgentInfo,
        groups: [any RouteGroup] = [],
        metrics: RequestMetrics? = nil,
        logger: Logger
    ) throws {
        self.settings = settings
        self.group = group
        self.dispatchers = dispatchers
        self.gate = gate
        let common: [any RouteGroup] = [
            HealthRoutes(operations: OperationsRoutes(health: health)), InfoRoutes(health: health, info: info),
        ]
        self.routes = AgentRoutes(groups: common + groups)
        self.metrics = metrics
        self.certificates = try settings.tls.map { try CertificateFiles($0) }
        self.load = ListenerLoad(
            maximumConnections: settings.maximumConnections,
            memoryBudget: settings.memoryBudget,
            maximumUpgrades: settings.maximumUpgrades,
            maximumStreams: settings.maximumStreams
        )
        self.logger = logger
    }

    /// Reads the certificate files again; what cannot be used leaves the old ones in place.
    package func reloadCertificates() {
        guard let certificates = self.certificates else { return }
        do {
            try certificates.reload()
            self.logger.info("TLS certificate reloaded")
        } catch {
            self.logger.error("the TLS files cannot be used; the old ones stay", metadata: ["error": "\(error)"])
        }
    }

    /// Listens until the service is told to stop, then lets requests finish.
    ///
    /// - Throws: when the address cannot be listened at.
    package func run() async throws {
        let loops = try await self.makeLoops()
        let channel = try await self.bind(loops)
        let address = self.settings.address.bound(to: channel.localAddress)
        self.logger.info("starting in standard mode", metadata: ["address": "\(address)"])
        try? await gracefulShutdown()
        try? await channel.close().get()
        if case .unix(let path) = self.settings.address { unlink(path) }
        await self.drain(loops)
    }

    private func makeLoops() async throws -> [NIOLoopBound<ListenerLoop>] {
        var loops: [NIOLoopBound<ListenerLoop>] = []
        for dispatcher in self.dispatchers {
            let listenerLoop = try await dispatcher.eventLoop.submit {
                NIOLoopBound(
                    ListenerLoop(
                        dispatcher: dispatcher.value,
                        gate: self.gate,
                        routes: self.routes,
                        settings: self.settings,
                        load: self.load,
                        logger: self.logger
                    ),
                    eventLoop: dispatcher.eventLoop
                )
            }.get()
            loops.append(listenerLoop)
            self.metrics?.add(listenerLoop)
        }
        return loops
    }

    private func bind(_ loops: [NIOLoopBound<ListenerLoop>]) async throws -> any Channel {
        let bootstrap = AcceptPause.bootstrap(self.group, "connection", backlog: 1024, logger: self.logger)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: ConnectionHandler.strangersOutput)
            .childChannelOption(.recvAllocator, value: ConnectionHandler.strangersInput)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel, loops) }
            }
        switch self.settings.address {
        case .tcp(let host, let port):
            return try await bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(ConnectionHandler.unsentOption, value: ConnectionHandler.strangersUnsent)
                // A client that vanished without a FIN is noticed after 120 s: nothing else ends a session that is silent by right.
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 60)
                .childChannelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 15)
                .childChannelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 4)
                .bind(host: host, port: port).get()
        case .unix(let path):
            return try await PrivateSocket.bind(bootstrap, to: path)
        }
    }

    private func initialize(_ channel: any Channel, _ loops: [NIOLoopBound<ListenerLoop>]) throws {
        guard let listenerLoop = loops.first(where: { $0.eventLoop === channel.eventLoop })?.value else {
            preconditionFailure("a connection on an event loop without a listener loop")
        }
        guard let peer = AuthGate.peer(of: channel.remoteAddress, at: self.settings.address) else {
            throw ConnectionRefusal.unknownPeer
        }
        guard let place = listenerLoop.place(for: peer) else { throw ConnectionRefusal.tooMany }
        channel.closeFuture.assumeIsolated().whenComplete { _ in place.release() }
        if let certificates = self.certificates {
            try channel.pipeline.syncOperations.addHandler(PlaintextRefusal())
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificates.current))
        }
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(listenerLoop: listenerLoop, place: place))
    }

    private func drain(_ loops: [NIOLoopBound<ListenerLoop>]) async {
        for listenerLoop in loops { listenerLoop.eventLoop.execute { listenerLoop.value.drain() } }
        let deadline = NIODeadline.now() + self.settings.drainTimeout
        while self.load.openConnections > 0, .now() < deadline { try? await Task.sleep(for: .milliseconds(20)) }
        for listenerLoop in loops { try? await listenerLoop.eventLoop.submit { listenerLoop.value.giveUp() }.get() }
    }
}

/// Why a connection is closed as soon as it is accepted.
enum ConnectionRefusal: Error {
    case tooMany
    /// Its address is not known, so it cannot be counted.
    case unknownPeer
}
