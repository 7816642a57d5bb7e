import Auth
import Base
import DockerBridge
import LocalServer
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Standard mode: a listener for the Docker API and the agent's own endpoints.
struct StandardAgent {
    /// More loops than this only cost memory: the engine is the slower part.
    private static let maximumThreads = 4
    /// Between two questions to an engine that has not answered yet.
    private static let engineInterval = Duration.seconds(1)

    private let parts: AgentParts
    private let settings: StandardSettings
    private let keys: KeyRegistry?
    private let limits = AttemptLimits()

    init(_ configuration: Configuration, _ settings: StandardSettings, logger: Logger) async throws {
        Subreaper.become()
        self.settings = settings
        self.keys = try Self.keys(settings.credentials, logger)
        self.parts = try await AgentParts(
            configuration,
            name: settings.agentName,
            threads: min(System.coreCount, Self.maximumThreads),
            ringCapacity: settings.auditRingCapacity,
            signer: try Self.signer(configuration, settings, logger),
            logger: logger
        )
    }

    /// Runs until a signal.
    func run(_ watch: SignalWatch, _ open: OpenParts) async throws {
        let listener = try await self.listener()
        // A socket filter's container, or the engine itself, often starts later than the agent; `/ready` tells.
        let greeting = Task { await self.greetEngine() }
        defer { greeting.cancel() }
        try await self.parts.serve(
            .init(name: "listener", service: listener),
            lanes: self.lanes(listener),
            remains: [.composePrograms],
            watch,
            open
        )
    }

    // MARK: Keys

    private static func keys(_ credentials: Credentials, _ logger: Logger) throws -> KeyRegistry? {
        guard let path = credentials.authorizedKeysPath else { return nil }
        if credentials.enrollmentToken != nil, try KeyRegistry.createFileIfMissing(path) {
            logger.info("AUTHORIZED_KEYS was not there; an empty file was made", metadata: ["path": "\(path)"])
        }
        let keys = try KeyRegistry(path: path)
        for warning in keys.current.warnings { logger.warning("authorized_keys: \(warning)") }
        return keys
    }

    /// Signs the trail's checkpoints.
    private static func signer(
        _ configuration: Configuration,
        _ settings: StandardSettings,
        _ logger: Logger
    ) throws -> SigningKey? {
        if let key = settings.signingKey {
            return try SigningKey.load(path: key.path, passphraseFile: key.passphraseFile)
        }
        if configuration.auditLog != nil {
            logger.warning(
                "the audit log is not signed: anyone who can write it can write it anew; set PRIVATE_KEY_FILE"
            )
        }
        return nil
    }

    /// What SIGHUP asks for, each beside the others: a key file on a disk that hangs must not hold up a rotated log.
    private func lanes(_ listener: Listener) -> [ReloadLane] {
        let logger = self.parts.logger
        var lanes = [ReloadLane("the TLS certificate", logger: logger, blocking: { listener.reloadCertificates() })]
        if let keys {
            lanes.append(ReloadLane("authorized_keys", logger: logger, blocking: { Self.reload(keys, logger) }))
        }
        return lanes
    }

    private static func reload(_ keys: KeyRegistry, _ logger: Logger) {
        do throws(KeyFileError) {
            let reload = try keys.reload()
            for entry in reload.added {
                logger.info(
                    "ed25519 key added",
                    metadata: ["key_id": "\(entry.key.keyID)", "comment": "\(entry.comment)"]
                )
            }
            for entry in reload.removed {
                logger.info(
                    "ed25519 key removed",
                    metadata: ["key_id": "\(entry.key.keyID)", "comment": "\(entry.comment)"]
                )
            }
            for warning in reload.warnings { logger.warning("authorized_keys: \(warning)") }
            logger.info("SIGHUP: authorized_keys reloaded", metadata: ["keys": "\(reload.count)"])
        } catch {
            logger.error("authorized_keys cannot be used; the old keys stay", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Listener

    private func listener() async throws -> Listener {
        let (engine, settings) = (self.parts.engine, self.settings)
        let requests = RequestMetrics()
        let routes = StandardRoutes(
            parts: self.parts,
            settings: settings,
            requests: requests,
            keys: self.keys,
            limits: self.limits
        )
        var listening = settings.listener
        listening.memoryBudget = self.parts.configuration.limits.memory
        listening.maximumUpgrades = self.parts.configuration.sessions.execs
        listening.maximumStreams = self.parts.configuration.sessions.streams
        return try await Listener(
            settings: listening,
            group: self.parts.group,
            dispatchers: self.parts.dispatchers,
            gate: self.gate(),
            health: self.health,
            info: AgentInfo(
                hostname: settings.hostname,
                agentID: settings.agentID,
                agentName: settings.agentName,
                capabilities: settings.adapter.capabilities(withCompose: self.parts.configuration.compose != nil),
                engineVersion: { await engine.refreshVersion()?.version }
            ),
            groups: routes.groups(),
            metrics: requests,
            logger: self.parts.logger
        )
    }

    private func gate() -> AuthGate {
        let authenticator = Authenticator(
            token: self.settings.credentials.token,
            keys: self.keys,
            limits: self.limits,
            replay: self.replayMemory()
        )
        return AuthGate(
            authenticator: authenticator,
            proxies: self.settings.credentials.trustedProxies,
            browsers: self.settings.browsers,
            trail: self.parts.trail
        )
    }

    /// Where used nonces are kept, so that a signed request is accepted once.
    private func replayMemory() -> ReplayMemory {
        let window = Int64(self.settings.maximumClockSkewSeconds)
        let capacity = self.settings.nonces
        let logger = self.parts.logger
        guard self.keys != nil, let folder = self.settings.stateFolder else {
            if self.keys != nil {
                logger.warning(
                    """
                    STATE_DIR is not set: after a restart, signatures from before it are refused, and one whose signer's clock \
                    is ahead may be accepted a second time; set STATE_DIR to a folder that is kept
                    """
                )
            }
            return ReplayMemory(ReplayGuard(windowSeconds: window, capacity: capacity, startedAt: .now))
        }
        return ReplayMemory(windowSeconds: window, capacity: capacity, folder: folder) { problem in
            logger.error("used nonces cannot be kept", metadata: ["error": "\(problem)"])
        }
    }

    private var health: AgentHealth {
        let (engine, policy) = (self.parts.engine, self.parts.policy)
        return AgentHealth(
            mode: .standard,
            version: BuildInfo.version,
            startedAt: self.parts.startedAt,
            isEngineReachable: { await engine.ping() },
            controller: { .notApplicable },
            status: {
                let word = await engine.ping() ? "connected" : "disconnected"
                var members = ByteBuffer()
                members.writeJSON { json in
                    json.member("state", "listening")
                    json.member("engine", word)
                    policy.writeStatus(into: &json)
                }
                return members
            }
        )
    }

    // MARK: Engine

    /// Says in the log that the engine answers, or once that it does not; the inventory repeats why.
    private func greetEngine() async {
        var hasWarned = false
        while !Task.isCancelled {
            if let version = await self.parts.engine.refreshVersion() {
                self.parts.logger.info("connected to docker", metadata: ["version": "\(version.version)"])
                return
            }
            if !hasWarned {
                self.parts.logger.warning(
                    "the Docker engine does not answer; the agent listens and is not ready",
                    metadata: ["engine": "\(self.parts.configuration.engine)"]
                )
                hasWarned = true
            }
            try? await Task.sleep(for: Self.engineInterval)
        }
    }
}

extension Listener: Service {}
