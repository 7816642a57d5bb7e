/// The agent itself.
package struct AgentMetrics: MetricsSource {
    private let version: String
    private let startedAt: ContinuousClock.Instant
    private let memory: @Sendable () -> Int?

    /// - Parameter memory: bytes that are the process's own; `nil` where that is not known.
    package init(version: String, startedAt: ContinuousClock.Instant, memory: @escaping @Sendable () -> Int?) {
        self.version = version
        self.startedAt = startedAt
        self.memory = memory
    }

    package func write(to page: inout MetricsPage) {
        page.family("lookout_build_info", .gauge, "The version that runs, as a label.")
        page.sample(1, [("version", self.version)])
        let uptime = self.startedAt.duration(to: .now)
        page.single("lookout_uptime_seconds", .gauge, "Since the agent was started.", uptime / .seconds(1))
        if let memory = self.memory() {
            let help = "Memory that is the agent's own, without what it shares with files."
            page.single("lookout_process_memory_bytes", .gauge, help, memory)
        }
    }
}
