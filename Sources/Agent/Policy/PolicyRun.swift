import Base
import ContainerChecks
import DockerBridge
import Logging
import NIOCore
import NIOPosix
import Policy
import ServiceLifecycle
import Trail

/// The policy of a running agent: who is asked, who is told, what SIGHUP means to it, and where seen requests are kept.
struct PolicyRun: Service {
    /// What a crash may lose of what was seen.
    private static let savePeriod = Duration.seconds(60)

    let settings: PolicySettings
    let watch: PolicyWatch
    /// `nil` where everything is allowed and nothing is remembered: then nothing is asked.
    let keeper: PolicyKeeper?
    private let logger: Logger

    /// - Parameter host: the agent's name, for refusals.
    init(
        _ settings: PolicySettings,
        host: String,
        admission: Admission.Mode,
        trail: AuditTrail?,
        logger: Logger
    ) {
        (self.settings, self.logger) = (settings, logger)
        self.watch = PolicyWatch(trail: trail, seen: Self.seen(settings, logger))
        // A file may say something else after a SIGHUP.
        let isNeeded = settings.mode == .learn || settings.isOfFile || !settings.policy.allowsEverything
        self.keeper =
            isNeeded
            ? PolicyKeeper(settings.policy, mode: settings.mode, host: host, observer: self.watch.observer) : nil
        self.greet(admission)
    }

    var policy: HostPolicy { self.keeper?.policy ?? self.settings.policy }

    /// Learns which containers there are; `nil` where nothing can ask for one, because presets have no conditions.
    var directory: ContainerDirectory? {
        self.settings.isOfFile || self.settings.mode == .learn ? self.keeper?.directory : nil
    }

    /// Whether no controller is invited to scan and update, by the rules that hold when it is called.
    var refusesUpdates: @Sendable () -> Bool {
        let (settings, keeper) = (self.settings, self.keeper)
        return { settings.refusesUpdates(keeper?.policy ?? settings.policy) }
    }

    private func greet(_ admission: Admission.Mode) {
        guard self.keeper != nil else { return }
        let restrictions = PolicySummary(self.settings.policy).restrictions
        self.logger.info(
            "a policy says what this host allows",
            metadata: ["mode": "\(self.settings.mode.rawValue)", "restrictions": "\(restrictions)"]
        )
        if let warning = self.settings.takeover(admission: admission) { self.logger.warning("policy: \(warning)") }
    }

    /// A member of the status; none where nothing is asked.
    func writeStatus(into json: inout JSONWriter<ByteBuffer>) {
        guard self.keeper != nil else { return }
        self.watch.write(self.settings.mode, self.policy, into: &json)
    }

    // MARK: SIGHUP

    /// `nil` where the rules come from no file.
    ///
    /// - Parameter followers: hear that other rules may hold.
    func reloadLane(_ followers: @escaping @Sendable () -> Void) -> ReloadLane? {
        guard case .file(let path) = self.settings.policy.source, let keeper = self.keeper else { return nil }
        let logger = self.logger
        return ReloadLane(
            "the policy",
            logger: logger,
            blocking: {
                Self.reload(path, keeper, logger)
                followers()
            }
        )
    }

    /// A file with a fault leaves the rules that hold in their place.
    static func reload(_ path: String, _ keeper: PolicyKeeper, _ logger: Logger, files: HostFiles = .real) {
        do {
            let policy = HostPolicy(try PolicyReader.read(try files.policy(path)), from: .file(path))
            keeper.replace(with: policy)
            logger.info("SIGHUP: policy reloaded", metadata: ["rules": "\(policy.rules.count)"])
        } catch {
            logger.error("POLICY_FILE cannot be used; the old rules stay", metadata: ["error": "\(error)"])
        }
    }

    // MARK: What was seen

    private static func seen(_ settings: PolicySettings, _ logger: Logger) -> SeenRequests {
        guard settings.mode == .learn, let path = settings.seenPath else { return SeenRequests() }
        do throws(SeenFile.Fault) {
            return try SeenFile.load(path) ?? SeenRequests()
        } catch {
            logger.warning(
                "what was seen before cannot be used, and is replaced",
                metadata: ["path": "\(path)", "error": "\(error)"]
            )
            return SeenRequests()
        }
    }

    /// Keeps what is seen, every minute and at the end.
    func run() async throws {
        guard self.settings.mode == .learn, let path = self.settings.seenPath else {
            return try await gracefulShutdown()
        }
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.savePeriod) }
            await self.save(to: path)
        }
    }

    private func save(to path: String) async {
        guard let seen = self.watch.takeSeen() else { return }
        do {
            try await NIOThreadPool.singleton.runIfActive { try SeenFile.save(seen, to: path) }
        } catch {
            self.logger.error("what was seen cannot be kept", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }
}
