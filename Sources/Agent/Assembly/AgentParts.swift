import Auth
import ContainerChecks
import ContainerWatch
import DockerBridge
import LocalServer
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Trail

/// What both modes are made of, in the order in which it is made: audit trail, policy, event loops, dispatchers, findings,
/// inventory, samples of the host. A mode adds its listener or its tunnel, and runs all of it with `serve`.
struct AgentParts {
    let configuration: Configuration
    let logger: Logger
    let startedAt: ContinuousClock.Instant
    /// `nil` where neither `AUDIT_LOG` nor a ring is asked for.
    let trail: AuditTrail?
    let policy: PolicyRun
    let group: MultiThreadedEventLoopGroup
    /// One for each event loop, at least one. The first carries the agent's own calls.
    let dispatchers: [NIOLoopBound<RequestDispatcher>]
    let engine: EngineAPI
    let inventory: InventoryService
    let findings: FindingsSource
    let sampler: HostSampler

    /// - Parameters:
    ///   - name: of the agent, for refusals of the policy.
    ///   - threads: event loops.
    ///   - ringCapacity: records of the audit trail that are kept for clients.
    ///   - signer: signs the checkpoints of the audit trail.
    /// - Throws: why a file of the audit trail or of the engine's TLS cannot be used.
    init(
        _ configuration: Configuration,
        name: String,
        threads: Int,
        ringCapacity: Int = 0,
        signer: SigningKey?,
        logger: Logger
    ) async throws {
        self.configuration = configuration
        self.logger = logger
        self.trail = try Self.trail(configuration.auditLog, ringCapacity, signer, logger)
        self.policy = PolicyRun(
            configuration.policy,
            host: name,
            admission: configuration.admission.mode,
            trail: self.trail,
            logger: logger
        )
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        MemoryReturn.begin(on: self.group.next())
        self.dispatchers = try await Self.dispatchers(
            configuration,
            self.group,
            threads: threads,
            self.trail,
            policy: self.policy.keeper
        )
        self.engine = EngineAPI(dispatchers: self.dispatchers)
        let findings = Self.findings(configuration.auditProfile)
        self.inventory = try await Self.inventory(
            configuration,
            self.dispatchers,
            findings,
            directory: self.policy.directory,
            logger
        )
        self.findings = FindingsSource(findings, inventory: self.inventory.store)
        self.sampler = HostSampler(
            settings: configuration.inventory.host,
            engine: self.engine,
            eventLoop: self.dispatchers[0].eventLoop
        )
        self.startedAt = .now
    }

    // MARK: Making them

    private static func trail(
        _ destination: AuditDestination?,
        _ ringCapacity: Int,
        _ signer: SigningKey?,
        _ logger: Logger
    ) throws(KeyFileError) -> AuditTrail? {
        guard destination != nil || ringCapacity > 0 else { return nil }
        return try AuditTrail(destination, ringCapacity: ringCapacity, signer: signer) { reason in
            logger.error("audit lines cannot be written", metadata: ["error": "\(reason)"])
        }
    }

    private static func dispatchers(
        _ configuration: Configuration,
        _ group: MultiThreadedEventLoopGroup,
        threads: Int,
        _ trail: AuditTrail?,
        policy: PolicyKeeper?
    ) async throws -> [NIOLoopBound<RequestDispatcher>] {
        var limits = configuration.limits
        limits.policy = policy
        limits.admission = Admission(
            configuration.admission,
            links: HostLinks(engine: configuration.engine, root: configuration.inventory.host.root),
            trail: trail
        )
        if threads > 1 { limits.pool = MemoryPool(limit: limits.memory) }
        var dispatchers: [NIOLoopBound<RequestDispatcher>] = []
        for eventLoop in group.makeIterator() {
            dispatchers.append(
                try await RequestDispatcher.make(for: configuration.engine, on: eventLoop, limits: limits)
            )
        }
        return dispatchers
    }

    private static func findings(_ profile: Profile) -> FindingsStore {
        var selection = RuleSelection()
        selection.profile = profile
        return FindingsStore(check: ContainerCheck(selection))
    }

    private static func inventory(
        _ configuration: Configuration,
        _ dispatchers: [NIOLoopBound<RequestDispatcher>],
        _ observer: FindingsStore,
        directory: ContainerDirectory?,
        _ logger: Logger
    ) async throws -> InventoryService {
        let (first, others) = (dispatchers[0], Array(dispatchers.dropFirst()))
        let interval = configuration.inventory.pollInterval
        return try await first.eventLoop.submit {
            InventoryService(
                dispatcher: first.value,
                others: others,
                pollInterval: interval,
                observer: observer,
                directory: directory,
                logger: logger
            )
        }.get()
    }

    // MARK: Using them

    /// The page of metrics: what both modes have, then what the mode adds.
    func metrics(_ more: [any MetricsSource]) -> Metrics {
        Metrics(
            [
                AgentMetrics(version: BuildInfo.version, startedAt: self.startedAt) { ProcessMemory.privateBytes },
                HostMetrics(sampler: self.sampler),
                ContainerMetrics(store: self.inventory.store, collector: StatsCollector(engine: self.engine)),
                FindingsMetrics(self.findings), PolicyMetrics(watch: self.policy.watch),
            ] + more
        )
    }

    /// A service under the name that a stop which takes too long gives it.
    struct NamedService {
        let name: String
        let service: any Service
    }

    /// What the services leave behind when they have ended.
    struct Remains {
        let name: String
        let clear: @Sendable () async -> Void
    }

    /// Runs the inventory, the policy and the services of a mode until a signal, then clears up and closes the audit trail.
    ///
    /// - Parameters:
    ///   - main: whose end is the end of the agent.
    ///   - companion: may end before.
    ///   - lanes: what SIGHUP reads again, beside the audit log and the policy.
    ///   - reload: what else SIGHUP does; must not block.
    func serve(
        _ main: NamedService,
        companion: NamedService? = nil,
        lanes: [ReloadLane] = [],
        reload: @escaping @Sendable () -> Void = {},
        remains: [Remains],
        _ watch: SignalWatch,
        _ open: OpenParts
    ) async throws {
        let inventory = NamedService(name: "inventory", service: InventoryRun(inventory: self.inventory))
        let policy = NamedService(name: "policy", service: self.policy)
        // Ended in the reverse order.
        let beside = [companion, inventory, policy].compactMap { $0 }.map { part in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: open.part(part.name, part.service),
                successTerminationBehavior: .ignore
            )
        }
        let last = ServiceGroupConfiguration.ServiceConfiguration(
            service: open.part(main.name, main.service),
            successTerminationBehavior: .gracefullyShutdownGroup
        )
        let services = ServiceGroup(
            configuration: .init(
                services: beside + [last],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        let store = self.inventory.store
        let rules = self.policy.reloadLane {
            // What a controller is told depends on the rules.
            store.eventLoop.execute { store.value.notify() }
        }
        let lanes = lanes + [rules, self.trail.map { self.rotation(of: $0) }].compactMap { $0 }
        watch.respond(
            with: .init(
                reload: {
                    for lane in lanes { lane.request() }
                    reload()
                },
                stop: { await services.triggerGracefulShutdown() }
            )
        )
        try await services.run()
        for remains in remains { await open.during(remains.name) { await remains.clear() } }
        await open.during("audit trail") { await self.trail?.close() }
    }

    /// What SIGHUP means to the trail: its file has been moved away.
    private func rotation(of trail: AuditTrail) -> ReloadLane {
        let logger = self.logger
        return ReloadLane("the audit log", logger: logger) {
            do {
                try await trail.reopen()
            } catch {
                logger.error(
                    "the audit log cannot be opened again; the old file stays in use",
                    metadata: ["error": "\(error)"]
                )
            }
        }
    }
}

/// Follows the engine until the agent stops.
private struct InventoryRun: Service {
    let inventory: InventoryService

    func run() async {
        await cancelWhenGracefulShutdown { await self.inventory.run() }
    }
}
