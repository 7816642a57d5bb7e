import Auth
import Base
import DockerBridge
import EdgeTunnel
import LocalServer
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Puts the parts of edge mode together and runs them until a signal.
struct EdgeAgent {
    private let configuration: Configuration
    private let settings: TunnelSettings
    private let operations: OperationsSettings
    private let logger: Logger

    init(_ configuration: Configuration, _ settings: TunnelSettings, operations: OperationsSettings, logger: Logger) {
        self.configuration = configuration
        self.settings = settings
        self.operations = operations
        self.logger = logger
    }

    /// For the processes of exec sessions that ended with the tunnel: with its own 4 s this stays within the 8 s in which
    /// a stop must be done.
    private static let reapingLimit = TimeAmount.seconds(1)

    func run(_ watch: SignalWatch, _ parts: OpenParts) async throws {
        ProcessMemory.configureAllocator()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        MemoryReturn.begin(on: eventLoop)
        let trail = try self.configuration.auditTrail(signer: self.signer, logger: self.logger)
        let dispatcher = try await RequestDispatcher.make(
            for: self.configuration.engine,
            on: eventLoop,
            limits: self.configuration.limits(trail)
        )
        self.logger.info(
            "starting in edge mode",
            metadata: [
                "url": "\(self.settings.controllers.map(\.description).joined(separator: ", "))",
                "engine": "\(self.configuration.engine)",
            ]
        )
        if !self.settings.dial.tls.verifies {
            self.logger.warning("TLS_SKIP_VERIFY is set: anyone on the way can take the controller's place")
        }
        let monitor = TunnelMonitor()
        let board = self.configuration.findingsBoard
        let inventory = try await self.configuration.inventory([dispatcher], observer: board, logger: self.logger)
        let engine = EngineAPI(dispatcher: dispatcher)
        let sampler = HostSampler(settings: self.configuration.inventory.host, engine: engine, eventLoop: eventLoop)
        let startedAt = ContinuousClock.now
        var settings = self.settings
        settings.maximumExecs = self.configuration.sessions.execs
        settings.maximumStreams = self.configuration.sessions.streams
        let tunnel = EdgeTunnelService(
            settings: settings,
            dispatcher: dispatcher,
            state: self.state(inventory, sampler),
            trail: trail,
            monitor: monitor,
            logger: self.logger
        )
        let operations = OperationsListener(
            settings: self.operations,
            dispatcher: dispatcher,
            health: Self.health(monitor, engine, agentName: self.settings.agentName, startedAt: startedAt),
            metrics: Metrics([
                AgentMetrics(version: BuildInfo.version, startedAt: startedAt) { ProcessMemory.privateBytes },
                HostMetrics(sampler: sampler),
                ContainerMetrics(store: inventory.store, collector: StatsCollector(engine: engine)),
                FindingsMetrics(FindingsSource(board: board, store: inventory.store)),
                TunnelMetrics(monitor: monitor),
            ]),
            dial: DialRoute { tunnel.dialNow().found },
            logger: self.logger
        )
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: parts.part("local listener", operations), successTerminationBehavior: .ignore),
                    .init(
                        service: parts.part("inventory", InventoryRun(inventory: inventory)),
                        successTerminationBehavior: .ignore
                    ),
                    .init(
                        service: parts.part("tunnel", tunnel),
                        successTerminationBehavior: .gracefullyShutdownGroup
                    ),
                ],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        let rotation = trail.map { trail in self.configuration.rotation(of: trail, logger: self.logger) }
        watch.respond(
            with: .init(
                reload: {
                    rotation?.request()
                    tunnel.reload()
                },
                stop: { await services.triggerGracefulShutdown() }
            )
        )
        try await services.run()
        await parts.during("processes of exec sessions") { await engine.orphansReaped(within: Self.reapingLimit) }
        await parts.during("audit trail") { await trail?.close() }
    }

    /// Signs the trail's checkpoints. A key that cannot be read is told of with the first dial.
    private var signer: SigningKey? {
        try? SigningKey.load(path: self.settings.privateKeyFile, passphraseFile: self.settings.passphraseFile)
    }

    private func state(_ inventory: InventoryService, _ sampler: HostSampler) -> StateSource {
        var settings = StateSettings(agentName: self.settings.agentName)
        settings.sendsEnvironment = self.configuration.inventory.sendsEnvironment
        settings.isReadOnly = self.configuration.inventory.isReadOnly
        return StateSource(inventory: inventory, sampler: sampler, settings: settings)
    }

    private static func health(
        _ monitor: TunnelMonitor,
        _ engine: EngineAPI,
        agentName: String,
        startedAt: ContinuousClock.Instant
    ) -> AgentHealth {
        AgentHealth(
            mode: .edge,
            version: BuildInfo.version,
            startedAt: startedAt,
            isEngineReachable: { await engine.ping() },
            controller: {
                if let parking = monitor.parking { return .parked(code: parking.code, remedy: parking.remedy) }
                return monitor.isConnected ? .connected : .disconnected
            },
            status: {
                let status = await monitor.status
                let isEngineReachable = await engine.ping()
                var members = ByteBuffer()
                members.writeJSON { json in
                    status.write(into: &json)
                    json.member("agentName", agentName)
                    json.member("engine", isEngineReachable ? "connected" : "disconnected")
                    json.member("memoryBytes", ProcessMemory.privateBytes)
                }
                return members
            }
        )
    }
}

extension EdgeTunnelService: Service {}
extension OperationsListener: Service {}

extension TunnelStatus.State {
    /// For `lookout dial`.
    fileprivate var found: DialRoute.Found {
        switch self {
        case .waiting, .parked: .waiting
        case .starting, .dialling: .dialling
        case .connected: .connected
        case .stopping: .stopping
        }
    }
}
