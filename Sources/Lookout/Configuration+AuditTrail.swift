import Auth
import Logging

extension Configuration {
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
}
