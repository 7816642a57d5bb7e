import Auth
import Base
import ContainerChecks
import DockerBridge
import Drydock
import LocalServer
import Logging
import NIOCore
import NIOPosix
import Trail

/// Puts together what standard mode answers itself.
struct StandardRoutes {
    let parts: AgentParts
    let settings: StandardSettings
    let requests: RequestMetrics
    let keys: KeyRegistry?
    let limits: AttemptLimits

    func groups() async throws -> [any RouteGroup] {
        let exports = ExportCounter()
        let metrics = self.parts.metrics([self.requests, AuditMetrics(trail: self.parts.trail, exports: exports)])
        var groups: [any RouteGroup] = [
            MetricsRoutes(metrics: metrics), FindingsRoutes(self.parts.findings), try await self.adapter(),
        ]
        if let trail = self.parts.trail { groups.append(AuditRoutes(trail: trail, exports: exports)) }
        groups.append(MCPRoutes(version: BuildInfo.version, tools: self.tools))
        if let enrollment { groups.append(enrollment) }
        groups.append(ComposeRoutes(service: self.parts.composeService, trail: self.parts.trail))
        return groups
    }

    private var tools: [any MCPTool] {
        [
            ListContainersTool(engine: self.parts.engine), InspectContainerTool(engine: self.parts.engine),
            ContainerLogsTool(dispatcher: self.parts.dispatchers[0]), HostMetricsTool(sampler: self.parts.sampler),
            ContainerStatsTool(engine: self.parts.engine), AuditContainersTool(self.parts.findings),
        ]
    }

    private var enrollment: EnrollmentRoutes? {
        guard let keys, let token = self.settings.credentials.enrollmentToken else { return nil }
        let enrollment = Enrollment(
            tokenDigest: token,
            registry: keys,
            limits: self.limits,
            allowsPlainTransport: self.settings.allowsPlainEnrollment
        )
        for warning in enrollment.startWarnings { self.parts.logger.warning("\(warning)") }
        return EnrollmentRoutes(enrollment: enrollment, trail: self.parts.trail, logger: self.parts.logger)
    }

    private func adapter() async throws -> any RouteGroup {
        let inventory = self.parts.inventory
        let facts = AgentFacts(
            version: BuildInfo.version,
            startedAt: self.parts.startedAt,
            architecture: Self.architecture,
            processors: System.coreCount,
            memory: await self.parts.sampler.sample().memoryTotal,
            logLevel: "\(self.parts.configuration.logLevel)",
            pollIntervalSeconds: Int(self.parts.configuration.inventory.pollInterval.nanoseconds / 1_000_000_000),
            now: { UnixTime.now.seconds }
        )
        // The form that every released Drydock takes.
        let object = ContainerObject(
            schema: .drydock1_5_0,
            agentName: self.settings.agentName,
            sendsEnvironment: self.parts.configuration.inventory.sendsEnvironment
        )
        let (adapter, isReadOnly) = (self.settings.adapter, self.parts.policy.refusesUpdates)
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
