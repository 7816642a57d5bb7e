import Auth
import Logging

extension Configuration {
    /// The trail that `AUDIT_LOG` asks for; `nil` without it.
    ///
    /// - Throws: why its file cannot be opened.
    func auditTrail(signer: SigningKey?, logger: Logger) throws(KeyFileError) -> AuditTrail? {
        guard let auditLog = self.auditLog else { return nil }
        return try AuditTrail(auditLog, signer: signer) { reason in
            logger.error("audit lines cannot be written", metadata: ["error": "\(reason)"])
        }
    }
}
