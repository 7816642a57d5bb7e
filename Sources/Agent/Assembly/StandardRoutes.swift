import Auth
import Base
import DockerBridge
import Drydock
import LocalServer
import Logging
import NIOCore
import NIOPosix

/// Puts together what standard mode answers itself.
struct StandardRoutes {
    let configuration: Configuration
    let settings: StandardSettings
    let startedAt: ContinuousClock.Instant

    let inventory: InventoryService
    let findings: FindingsSource
    let sampler: HostSampler
    let engine: EngineAPI
    let trail: AuditTrail?
    let requests: RequestMetrics
    let dispatcher: NIOLoopBound<RequestDispatcher>
    let keys: KeyRegistry?
    let limits: AttemptLimits
    let logger: Logger

    func groups() async throws -> [any RouteGroup] {
        let exports = ExportCounter()
        let stats = StatsCollector(engine: self.engine)
        let metrics = Metrics([
            AgentMetrics(version: BuildInfo.version, startedAt: self.startedAt) { ProcessMemory.privateBytes },
            HostMetrics(sampler: self.sampler),
            ContainerMetrics(store: self.inventory.store, collector: stats),
            self.requests,
            AuditMetrics(trail: self.trail, exports: exports),
            FindingsMetrics(self.findings),
        ])
        var groups: [any RouteGroup] = [
            MetricsRoutes(metrics: metrics), FindingsRoutes(self.findings), try await self.adapter(),
        ]
        if let trail { groups.append(AuditRoutes(trail: trail, exports: exports)) }
        groups.append(MCPRoutes(version: BuildInfo.version, tools: self.tools))
        if let enrollment { groups.append(enrollment) }
        groups.append(ComposeRoutes(service: self.compose, trail: self.trail))
        return groups
    }

    private var tools: [any MCPTool] {
        [
            ListContainersTool(engine: self.engine), InspectContainerTool(engine: self.engine),
            ContainerLogsTool(dispatcher: self.dispatcher), HostMetricsTool(sampler: self.sampler),
            ContainerStatsTool(engine: self.engine), AuditContainersTool(self.findings),
        ]
    }

    private var compose: ComposeService {
        var settings = self.settings.compose
        settings.environment.merge(self.configuration.engine.clientEnvironment) { $1 }
        settings.createsContainers = self.configuration.admission.mode != .deny
        let dispatcher = self.dispatcher
        return ComposeService(settings, logger: self.logger) {
            try? await dispatcher.eventLoop.submit { dispatcher.value.apiVersion }.get()
        }
    }

    private var enrollment: EnrollmentRoutes? {
        guard let keys, let token = self.settings.credentials.enrollmentToken else { return nil }
        let enrollment = Enrollment(
            tokenDigest: token,
            registry: keys,
            limits: self.limits,
            allowsPlainTransport: self.settings.allowsPlainEnrollment
        )
        for warning in enrollment.startWarnings { self.logger.warning("\(warning)") }
        return EnrollmentRoutes(enrollment: enrollment, trail: self.trail, logger: self.logger)
    }

    private func adapter() async throws -> any RouteGroup {
        let inventory = self.inventory
        let facts = AgentFacts(
            version: BuildInfo.version,
            startedAt: self.startedAt,
            architecture: Self.architecture,
            processors: System.coreCount,
            memory: await self.sampler.sample().memoryTotal,
            logLevel: "\(self.configuration.logLevel)",
            pollIntervalSeconds: Int(self.configuration.inventory.pollInterval.nanoseconds / 1_000_000_000),
            now: { UnixTime.now.seconds }
        )
        // The form that every released Drydock takes.
        let object = ContainerObject(
            schema: .drydock1_5_0,
            agentName: self.settings.agentName,
            sendsEnvironment: self.configuration.inventory.sendsEnvironment
        )
        let (adapter, isReadOnly) = (self.settings.adapter, self.configuration.inventory.isReadOnly)
        return try await inventory.store.eventLoop.submit { () -> any RouteGroup in
            switch adapter {
            case .drydock:
                DrydockRoutes(store: inventory.store, object: object, facts: facts, isReadOnly: isReadOnly)
            case .generic:
                GenericRoutes(store: inventory.store, version: BuildInfo.version)
            }
        }.get()
    }

    private static var architecture: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }
}
