import LocalServer
import Policy

/// What the policy of this host objected to, by operation.
struct PolicyMetrics: MetricsSource {
    let watch: PolicyWatch

    func write(to page: inout MetricsPage) async {
        let counts = self.watch.counts.sorted { $0.key.rawValue < $1.key.rawValue }
        page.family("lookout_policy_denied_total", .counter, "Requests that the policy denies, by what became of them.")
        for (operation, count) in counts {
            page.sample(count.refused, [("operation", operation.rawValue), ("outcome", "refused")])
            page.sample(count.warned, [("operation", operation.rawValue), ("outcome", "warned")])
        }
    }
}
