package import DockerBridge
import Glibc
package import Logging
package import NIOCore
import NIOPosix
import ServiceLifecycle

/// Where the operations listener is, and what keeps web pages away from it.
package struct OperationsSettings: Sendable {
    package var address: BindAddress
    package var browsers: BrowserGuard

    package init(address: BindAddress, browsers: BrowserGuard) {
        self.address = address
        self.browsers = browsers
    }
}

/// The small local listener of edge mode: health, readiness, status, for this host.
///
/// It is a help, not a condition: when its address is taken, the agent says so and goes on without it.
package struct OperationsListener: Sendable {
    private let settings: OperationsSettings
    private let dispatcher: NIOLoopBound<RequestDispatcher>
    private let routes: OperationsRoutes
    private let logger: Logger

    /// - Parameter dispatcher: whose event loop serves the connections, and whose memory budget their answers count in.
    package init(
        settings: OperationsSettings,
        dispatcher: NIOLoopBound<RequestDispatcher>,
        health: AgentHealth,
        metrics: Metrics? = nil,
        dial: DialRoute? = nil,
        logger: Logger
    ) {
        self.settings = settings
        self.dispatcher = dispatcher
        self.routes = OperationsRoutes(health: health, metrics: metrics, dial: dial)
        self.logger = logger
    }

    package func run() async {
        let eventLoop = self.dispatcher.eventLoop
        let (dispatcher, routes, browsers) = (self.dispatcher, self.routes, self.settings.browsers)
        let channel: any Channel
        let listenerLoop: NIOLoopBound<OperationsLoop>
        do {
            listenerLoop = try await eventLoop.submit {
                let (memory, turns) = (dispatcher.value.memory, dispatcher.value.turns)
                return NIOLoopBound(
                    OperationsLoop(routes: routes, browsers: browsers, memory: memory, turns: turns),
                    eventLoop: eventLoop
                )
            }.get()
            channel = try await self.bind(listenerLoop)
        } catch {
            self.logger.warning(
                "no local listener; `lookout status` and health checks will not work",
                metadata: ["address": "\(self.settings.address)", "error": "\(error)"]
            )
            try? await gracefulShutdown()
            return
        }
        let address = self.settings.address.bound(to: channel.localAddress)
        self.logger.info("listening for health checks and status", metadata: ["address": "\(address)"])
        try? await gracefulShutdown()
        try? await channel.close().get()
        eventLoop.execute { listenerLoop.value.closeAll() }
        if case .unix(let path) = self.settings.address { unlink(path) }
    }

    private func bind(_ listenerLoop: NIOLoopBound<OperationsLoop>) async throws -> any Channel {
        let eventLoop = self.dispatcher.eventLoop
        let bootstrap = AcceptPause.bootstrap(eventLoop, "local connection", backlog: 64, logger: self.logger)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = OperationsHandler(listenerLoop: listenerLoop.value)
                    guard listenerLoop.value.opened(handler) else { throw ConnectionRefusal.tooMany }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        switch self.settings.address {
        case .tcp(let host, let port):
            return
                try await bootstrap
                .childChannelOption(ConnectionHandler.unsentOption, value: ConnectionHandler.strangersUnsent)
                .bind(host: host, port: port).get()
        case .unix(let path):
            return try await PrivateSocket.bind(bootstrap, to: path)
        }
    }
}
