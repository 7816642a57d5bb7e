package import ContainerChecks
import ContainerWatch
import Synchronization
package import Trail

/// The audit trail, and whether it goes anywhere.
package struct AuditMetrics: MetricsSource {
    private let trail: AuditTrail?
    private let exports: ExportCounter

    package init(trail: AuditTrail?, exports: ExportCounter) {
        self.trail = trail
        self.exports = exports
    }

    package func write(to page: inout MetricsPage) {
        let ring = self.trail?.ringCounts
        page.single("lookout_audit_buffer_records", .gauge, "Records in the ring.", ring?.records ?? 0)
        page.single("lookout_audit_buffer_capacity", .gauge, "Records the ring can hold.", ring?.capacity ?? 0)
        page.single(
            "lookout_audit_sink_enabled",
            .gauge,
            "Whether AUDIT_LOG is set.",
            self.trail?.hasSink == true ? 1 : 0
        )
        page.family("lookout_audit_exports_total", .counter, "Exports of the ring.")
        page.sample(self.exports.succeeded, [("outcome", "success")])
        page.sample(self.exports.failed, [("outcome", "error")])
    }
}

/// How often the audit trail was exported, for the metrics.
package final class ExportCounter: Sendable {
    private let successes = Atomic(0)
    private let errors = Atomic(0)

    package init() {}

    func count(isSuccess: Bool) {
        if isSuccess {
            self.successes.add(1, ordering: .relaxed)
        } else {
            self.errors.add(1, ordering: .relaxed)
        }
    }

    package var succeeded: Int { self.successes.load(ordering: .relaxed) }
    package var failed: Int { self.errors.load(ordering: .relaxed) }
}

/// How many findings there are.
package struct FindingsMetrics: MetricsSource {
    private let source: FindingsSource

    package init(_ source: FindingsSource) {
        self.source = source
    }

    package func write(to page: inout MetricsPage) async {
        // Omit the series until it has been counted: a made-up zero would mislead.
        guard let report = await self.source.report() else { return }
        page.family("lookout_audit_findings", .gauge, "Dangerous settings of the containers that run.")
        for severity in Severity.allCases {
            page.sample(report.findings.count { $0.severity == severity }, [("severity", severity.rawValue)])
        }
    }
}
