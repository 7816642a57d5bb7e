import Auth
import Base
import DockerBridge
import EdgeTunnel
import LocalServer
import Logging
import NIOCore
import ServiceLifecycle

/// Edge mode: a tunnel to the controller, and a listener that tells this host about it.
struct EdgeAgent {
    /// For the processes of exec sessions that ended with the tunnel: with its own 4 s this stays within the 8 s in which
    /// a stop must be done.
    private static let reapingLimit = TimeAmount.seconds(1)

    private let parts: AgentParts
    private let settings: TunnelSettings
    private let operations: OperationsSettings
    private let monitor = TunnelMonitor()

    init(
        _ configuration: Configuration,
        _ settings: TunnelSettings,
        operations: OperationsSettings,
        logger: Logger
    ) async throws {
        Subreaper.become()
        self.parts = try await AgentParts(
            configuration,
            name: settings.agentName,
            threads: 1,
            signer: Self.signer(settings),
            logger: logger
        )
        self.settings = settings
        self.operations = operations
    }

    /// Runs until a signal.
    func run(_ watch: SignalWatch, _ open: OpenParts) async throws {
        self.parts.logger.info(
            "starting in edge mode",
            metadata: [
                "url": "\(self.settings.controllers.map(\.description).joined(separator: ", "))",
                "engine": "\(self.parts.configuration.engine)",
            ]
        )
        if !self.settings.dial.tls.verifies {
            self.parts.logger.warning("TLS_SKIP_VERIFY is set: anyone on the way can take the controller's place")
        }
        let tunnel = self.tunnel
        let engine = self.parts.engine
        try await self.parts.serve(
            .init(name: "tunnel", service: tunnel),
            companion: .init(name: "local listener", service: self.listener(tunnel)),
            reload: { tunnel.reload() },
            remains: [
                .composePrograms,
                .init(name: "processes of exec sessions") { await engine.orphansReaped(within: Self.reapingLimit) },
            ],
            watch,
            open
        )
    }

    /// Signs the trail's checkpoints. A key that cannot be read is told of with the first dial.
    private static func signer(_ settings: TunnelSettings) -> SigningKey? {
        try? SigningKey.load(path: settings.privateKeyFile, passphraseFile: settings.passphraseFile)
    }

    private var tunnel: EdgeTunnelService {
        var settings = self.settings
        settings.maximumExecs = self.parts.configuration.sessions.execs
        settings.maximumStreams = self.parts.configuration.sessions.streams
        return EdgeTunnelService(
            settings: settings,
            dispatcher: self.parts.dispatchers[0],
            endpoints: [ComposeEndpoint(service: self.parts.composeService, trail: self.parts.trail)],
            state: self.state,
            trail: self.parts.trail,
            monitor: self.monitor,
            logger: self.parts.logger
        )
    }

    private var state: StateSource {
        let inventory = self.parts.configuration.inventory
        var settings = StateSettings(agentName: self.settings.agentName)
        settings.sendsEnvironment = inventory.sendsEnvironment
        settings.isReadOnly = self.parts.policy.refusesUpdates
        return StateSource(inventory: self.parts.inventory, sampler: self.parts.sampler, settings: settings)
    }

    private func listener(_ tunnel: EdgeTunnelService) -> OperationsListener {
        OperationsListener(
            settings: self.operations,
            dispatcher: self.parts.dispatchers[0],
            health: self.health,
            metrics: self.parts.metrics([TunnelMetrics(monitor: self.monitor)]),
            dial: DialRoute { tunnel.dialNow().found },
            logger: self.parts.logger
        )
    }

    private var health: AgentHealth {
        let (monitor, engine, agentName) = (self.monitor, self.parts.engine, self.settings.agentName)
        let policy = self.parts.policy
        return AgentHealth(
            mode: .edge,
            version: BuildInfo.version,
            startedAt: self.parts.startedAt,
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
                    policy.writeStatus(into: &json)
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
