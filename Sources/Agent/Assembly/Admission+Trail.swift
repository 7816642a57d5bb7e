import Auth
import Base
import ContainerChecks
import Trail

extension Admission {
    /// Writes each objection into the audit trail.
    init?(_ settings: AdmissionSettings, links: HostLinks? = nil, trail: AuditTrail?) {
        self.init(settings, links: links) { objection in
            trail?.record(
                .admission(
                    at: .now,
                    actor: objection.actor,
                    container: objection.container,
                    rules: objection.reason,
                    outcome: objection.isRefused ? .denied : .allowed
                )
            )
        }
    }
}
