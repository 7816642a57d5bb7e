import Glibc
package import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// The small local listener of edge mode: health, readiness, status, for this host.
///
/// It is a help, not a condition: when its address is taken, the agent says so and goes on without it.
package struct OperationsListener: Sendable {
    /// Probes come one at a time; more than this many connections are somebody's mistake.
    private static let maximumConnections = 64

    private let address: BindAddress
    private let eventLoop: any EventLoop
    private let routes: OperationsRoutes
    private let logger: Logger

    package init(
        address: BindAddress,
        eventLoop: any EventLoop,
        health: AgentHealth,
        metrics: Metrics? = nil,
        logger: Logger
    ) {
        self.address = address
        self.eventLoop = eventLoop
        self.routes = OperationsRoutes(health: health, metrics: metrics)
        self.logger = logger
    }

    package func run() async {
        let channel: any Channel
        do {
            channel = try await self.bind()
        } catch {
            self.logger.warning(
                "no local listener; `lookout status` and health checks will not work",
                metadata: ["address": "\(self.address)", "error": "\(error)"]
            )
            try? await gracefulShutdown()
            return
        }
        self.logger.info("listening for health checks and status", metadata: ["address": "\(self.address)"])
        try? await gracefulShutdown()
        try? await channel.close().get()
        if case .unix(let path) = self.address { unlink(path) }
    }

    private func bind() async throws -> any Channel {
        let routes = self.routes
        let open = NIOLoopBoundBox.makeBoxSendingValue(0, eventLoop: self.eventLoop)
        let bootstrap = ServerBootstrap(group: self.eventLoop)
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard open.value < Self.maximumConnections else { throw TooManyConnections() }
                    open.value += 1
                    channel.closeFuture.whenComplete { _ in open.value -= 1 }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(OperationsHandler(routes: routes))
                }
            }
        switch self.address {
        case .tcp(let host, let port): return try await bootstrap.bind(host: host, port: port).get()
        case .unix(let path):
            return try await PrivateSocket.bind(bootstrap, to: path)
        }
    }
}

private struct TooManyConnections: Error {}
