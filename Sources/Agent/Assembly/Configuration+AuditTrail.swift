import Auth
import DockerBridge
import Logging

extension Configuration {
    /// How the dispatchers of either mode work.
    func limits(_ trail: AuditTrail?) -> RequestDispatcher.Limits {
        var limits = self.limits
        limits.admission = Admission(
            self.admission,
            links: HostLinks(engine: self.engine, root: self.inventory.host.root),
            trail: trail
        )
        return limits
    }

    /// The trail that `AUDIT_LOG` and a ring ask for; `nil` without either.
    ///
    /// - Parameter ringCapacity: records for those who ask over HTTP.
    /// - Throws: why its file cannot be opened.
    func auditTrail(
        ringCapacity: Int = 0,
        signer: SigningKey?,
        logger: Logger
    ) throws(KeyFileError) -> AuditTrail? {
        guard self.auditLog != nil || ringCapacity > 0 else { return nil }
        return try AuditTrail(self.auditLog, ringCapacity: ringCapacity, signer: signer) { reason in
            logger.error("audit lines cannot be written", metadata: ["error": "\(reason)"])
        }
    }

    /// What SIGHUP means to the trail: its file has been moved away.
    func rotation(of trail: AuditTrail, logger: Logger) -> ReloadLane {
        ReloadLane("the audit log", logger: logger) {
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
