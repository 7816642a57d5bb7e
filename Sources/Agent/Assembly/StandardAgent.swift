import Auth
import Base
import DockerBridge
import LocalServer
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Puts the parts of standard mode together and runs them until a signal.
struct StandardAgent {
    /// More loops than this only cost memory: the engine is the slower part.
    private static let maximumThreads = 4
    /// Between two questions to an engine that has not answered yet.
    private static let engineInterval = Duration.seconds(1)

    /// For programs that the end of their connections has told to end: with the 5 s of the connections this stays within
    /// the 8 s in which a stop must be done.
    private static let programsLimit = Duration.milliseconds(1500)

    private let configuration: Configuration
    private let settings: StandardSettings
    private let logger: Logger

    init(_ configuration: Configuration, _ settings: StandardSettings, logger: Logger) {
        self.configuration = configuration
        self.settings = settings
        self.logger = logger
    }

    func run(_ watch: SignalWatch, _ parts: OpenParts) async throws {
        ProcessMemory.configureAllocator()
        Subreaper.become()
        let keys = try self.keys()
        let trail = try self.configuration.auditTrail(
            ringCapacity: self.settings.auditRingCapacity,
            signer: try self.signer(),
            logger: self.logger
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(System.coreCount, Self.maximumThreads))
        MemoryReturn.begin(on: group.next())
        var dispatchers: [NIOLoopBound<RequestDispatcher>] = []
        var shared = self.configuration.limits(trail)
        shared.pool = MemoryPool(limit: shared.memory)
        for eventLoop in group.makeIterator() {
            dispatchers.append(
                try await RequestDispatcher.make(
                    for: self.configuration.engine,
                    on: eventLoop,
                    limits: shared
                )
            )
        }
        let engine = EngineAPI(dispatchers: dispatchers)
        let board = self.configuration.findingsBoard
        let inventory = try await self.configuration.inventory(dispatchers, observer: board, logger: self.logger)
        let sampler = HostSampler(
            settings: self.configuration.inventory.host,
            engine: engine,
            eventLoop: dispatchers[0].eventLoop
        )
        let startedAt = ContinuousClock.now
        let requests = RequestMetrics()
        let limits = AttemptLimits()
        let routes = StandardRoutes(
            configuration: self.configuration,
            settings: self.settings,
            startedAt: startedAt,
            inventory: inventory,
            findings: FindingsSource(board: board, store: inventory.store),
            sampler: sampler,
            engine: engine,
            trail: trail,
            requests: requests,
            dispatcher: dispatchers[0],
            keys: keys,
            limits: limits,
            logger: self.logger
        )
        var listening = self.settings.listener
        listening.memoryBudget = self.configuration.limits.memory
        listening.maximumUpgrades = self.configuration.sessions.execs
        listening.maximumStreams = self.configuration.sessions.streams
        let listener = try await Listener(
            settings: listening,
            group: group,
            dispatchers: dispatchers,
            gate: self.gate(keys, limits, trail),
            health: Self.health(engine, startedAt: startedAt),
            info: AgentInfo(
                hostname: self.settings.hostname,
                agentID: self.settings.agentID,
                agentName: self.settings.agentName,
                capabilities: self.settings.adapter.capabilities,
                engineVersion: { await engine.refreshVersion()?.version }
            ),
            groups: routes.groups(),
            metrics: requests,
            logger: self.logger
        )
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: parts.part("inventory", InventoryRun(inventory: inventory)),
                        successTerminationBehavior: .ignore
                    ),
                    .init(
                        service: parts.part("listener", listener),
                        successTerminationBehavior: .gracefullyShutdownGroup
                    ),
                ],
                logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        let lanes = self.reloadLanes(keys, listener, trail)
        watch.respond(
            with: .init(
                reload: { for lane in lanes { lane.request() } },
                stop: { await services.triggerGracefulShutdown() }
            )
        )
        // A socket filter's container, or the engine itself, often starts later than the agent; `/ready` tells.
        let greeting = Task { await self.greetEngine(engine) }
        defer { greeting.cancel() }
        try await services.run()
        await parts.during("Compose programs") { await ChildProcesses.shared.end(within: Self.programsLimit) }
        await parts.during("audit trail") { await trail?.close() }
    }

    /// What SIGHUP asks for, each beside the others: a key file on a disk that hangs must not hold up a rotated log.
    private func reloadLanes(_ keys: KeyRegistry?, _ listener: Listener, _ trail: AuditTrail?) -> [ReloadLane] {
        var lanes = [
            ReloadLane("the TLS certificate", logger: self.logger, blocking: { listener.reloadCertificates() })
        ]
        if let keys {
            lanes.append(ReloadLane("authorized_keys", logger: self.logger, blocking: { self.reload(keys) }))
        }
        if let trail { lanes.append(self.configuration.rotation(of: trail, logger: self.logger)) }
        return lanes
    }

    /// Says in the log that the engine answers, or once that it does not; the inventory repeats why.
    private func greetEngine(_ engine: EngineAPI) async {
        var hasWarned = false
        while !Task.isCancelled {
            if let version = await engine.refreshVersion() {
                self.logger.info("connected to docker", metadata: ["version": "\(version.version)"])
                return
            }
            if !hasWarned {
                self.logger.warning(
                    "the Docker engine does not answer; the agent listens and is not ready",
                    metadata: ["engine": "\(self.configuration.engine)"]
                )
                hasWarned = true
            }
            try? await Task.sleep(for: Self.engineInterval)
        }
    }

    private func gate(_ keys: KeyRegistry?, _ limits: AttemptLimits, _ trail: AuditTrail?) -> AuthGate {
        let authenticator = Authenticator(
            token: self.settings.credentials.token,
            keys: keys,
            limits: limits,
            replay: self.replayMemory(keys)
        )
        return AuthGate(
            authenticator: authenticator,
            proxies: self.settings.credentials.trustedProxies,
            browsers: self.settings.browsers,
            trail: trail
        )
    }

    private func keys() throws -> KeyRegistry? {
        guard let path = self.settings.credentials.authorizedKeysPath else { return nil }
        if self.settings.credentials.enrollmentToken != nil, try KeyRegistry.createFileIfMissing(path) {
            self.logger.info("AUTHORIZED_KEYS was not there; an empty file was made", metadata: ["path": "\(path)"])
        }
        let keys = try KeyRegistry(path: path)
        for warning in keys.current.warnings { self.logger.warning("authorized_keys: \(warning)") }
        return keys
    }

    /// Signs the trail's checkpoints.
    private func signer() throws -> SigningKey? {
        if let key = self.settings.signingKey {
            return try SigningKey.load(path: key.path, passphraseFile: key.passphraseFile)
        }
        if self.configuration.auditLog != nil {
            self.logger.warning(
                "the audit log is not signed: anyone who can write it can write it anew; set PRIVATE_KEY_FILE"
            )
        }
        return nil
    }

    /// Where used nonces are kept, so that a signed request is accepted once.
    private func replayMemory(_ keys: KeyRegistry?) -> ReplayMemory {
        let window = Int64(self.settings.maximumClockSkewSeconds)
        let capacity = self.settings.nonces
        guard keys != nil, let folder = self.settings.stateFolder else {
            if keys != nil {
                self.logger.warning(
                    """
                    STATE_DIR is not set: after a restart, signatures from before it are refused, and one whose signer's clock \
                    is ahead may be accepted a second time; set STATE_DIR to a folder that is kept
                    """
                )
            }
            return ReplayMemory(ReplayGuard(windowSeconds: window, capacity: capacity, startedAt: .now))
        }
        return ReplayMemory(windowSeconds: window, capacity: capacity, folder: folder) { problem in
            self.logger.error("used nonces cannot be kept", metadata: ["error": "\(problem)"])
        }
    }

    private func reload(_ keys: KeyRegistry) {
        do throws(KeyFileError) {
            let reload = try keys.reload()
            for entry in reload.added {
                self.logger.info(
                    "ed25519 key added",
                    metadata: ["key_id": "\(entry.key.keyID)", "comment": "\(entry.comment)"]
                )
            }
            for entry in reload.removed {
                self.logger.info(
                    "ed25519 key removed",
                    metadata: ["key_id": "\(entry.key.keyID)", "comment": "\(entry.comment)"]
                )
            }
            for warning in reload.warnings { self.logger.warning("authorized_keys: \(warning)") }
            self.logger.info("SIGHUP: authorized_keys reloaded", metadata: ["keys": "\(reload.count)"])
        } catch {
            self.logger.error("authorized_keys cannot be used; the old keys stay", metadata: ["error": "\(error)"])
        }
    }

    private static func health(_ engine: EngineAPI, startedAt: ContinuousClock.Instant) -> AgentHealth {
        AgentHealth(
            mode: .standard,
            version: BuildInfo.version,
            startedAt: startedAt,
            isEngineReachable: { await engine.ping() },
            controller: { .notApplicable },
            status: {
                let word = await engine.ping() ? "connected" : "disconnected"
                return ByteBuffer(string: #""state":"listening","engine":"\#(word)""#)
            }
        )
    }
}

extension Listener: Service {}
