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
