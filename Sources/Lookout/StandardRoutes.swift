import Auth
import DockerBridge
import LocalServer
import NIOCore
import NIOPosix

/// Puts together what standard mode answers itself.
struct StandardRoutes {
    let configuration: Configuration
    let settings: StandardSettings
    let startedAt: ContinuousClock.Instant

    func groups(_ inventory: InventoryService, _ sampler: HostSampler) async throws -> [any RouteGroup] {
        [try await self.adapter(inventory, memory: sampler.sample().memoryTotal)]
    }

    /// - Parameter memory: bytes of the host.
    private func adapter(_ inventory: InventoryService, memory: Int) async throws -> any RouteGroup {
        let facts = AgentFacts(
            version: BuildInfo.version,
            startedAt: self.startedAt,
            architecture: Self.architecture,
            processors: System.coreCount,
            memory: memory,
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
