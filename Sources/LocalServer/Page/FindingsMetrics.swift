package import ContainerChecks
import ContainerWatch

/// How many findings there are.
package struct FindingsMetrics: MetricsSource {
    private let source: FindingsSource

    package init(_ source: FindingsSource) {
        self.source = source
    }

    package func write(to page: inout MetricsPage) async {
        // No figures are better than a zero that nobody counted.
        guard let report = await self.source.report() else { return }
        page.family("lookout_audit_findings", .gauge, "Dangerous settings of the containers that run.")
        for severity in Severity.allCases {
            page.sample(report.findings.count { $0.severity == severity }, [("severity", severity.rawValue)])
        }
    }
}
