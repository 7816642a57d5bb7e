package import DockerBridge

/// The host that the agent runs on.
package struct HostMetrics: MetricsSource {
    private let sampler: HostSampler

    package init(sampler: HostSampler) {
        self.sampler = sampler
    }

    package func write(to page: inout MetricsPage) async {
        let figures = await self.sampler.sample()
        let prefix = "lookout_host_"
        // A figure that was not measured is left out: 0 would draw a line, and raise alarms.
        if figures.cpuCores > 0 {
            page.single(prefix + "cpu_usage_percent", .gauge, "Busy share since the sample before.", figures.cpuUsage)
        }
        if figures.memoryTotal > 0 {
            page.single(prefix + "memory_total_bytes", .gauge, "Memory of the host.", figures.memoryTotal)
            page.single(prefix + "memory_used_bytes", .gauge, "Memory in use.", figures.memoryUsed)
        }
        if let disk = figures.disk.space {
            page.single(prefix + "disk_total_bytes", .gauge, "The file system of the engine's data.", disk.total)
            page.single(prefix + "disk_used_bytes", .gauge, "Of that, in use.", disk.used)
        }
        page.single(
            prefix + "network_receive_bytes_total",
            .counter,
            "Received over all interfaces but loopback.",
            figures.networkReceived
        )
        page.single(
            prefix + "network_transmit_bytes_total",
            .counter,
            "Sent over all interfaces but loopback.",
            figures.networkSent
        )
    }
}
