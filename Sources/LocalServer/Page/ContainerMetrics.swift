package import DockerBridge
package import NIOCore

/// The host's containers: how many there are, and what the running ones use, under cAdvisor's names.
package struct ContainerMetrics: MetricsSource {
    private let store: NIOLoopBound<InventoryStore>
    private let collector: StatsCollector

    package init(store: NIOLoopBound<InventoryStore>, collector: StatsCollector) {
        self.store = store
        self.collector = collector
    }

    package func write(to page: inout MetricsPage) async {
        let store = self.store
        // A loop that runs cannot refuse a task.
        let records = try! await store.eventLoop.submit { store.value.inventory.records }.get()
        page.family("lookout_containers", .gauge, "Containers of the host by state.")
        for status in ContainerRecord.Status.allCases {
            page.sample(records.count { $0.status == status }, [("state", status.rawValue)])
        }
        let running = records.filter { [.running, .paused, .restarting].contains($0.status) }
        let stats = await self.collector.stats(of: running.map(\.id))
        let measured = running.compactMap { record in stats[record.id].map { (record, $0) } }
        // No families where there is nothing to say: the engine is away, or nothing runs.
        if !measured.isEmpty { Self.write(measured, to: &page) }
    }

    private static func write(_ measured: [(ContainerRecord, ContainerStats)], to page: inout MetricsPage) {
        func family(
            _ name: String,
            _ kind: MetricsPage.Kind,
            _ help: String,
            _ value: (ContainerStats, [MetricsPage.Label], inout MetricsPage) -> Void
        ) {
            page.family(name, kind, help)
            for (record, stats) in measured {
                value(stats, [("id", record.id), ("name", record.name), ("image", record.imageName)], &page)
            }
        }
        family("container_cpu_usage_seconds_total", .counter, "Time on all processors together.") {
            $2.sample(Double($0.cpuNanoseconds) / 1e9, $1)
        }
        family("container_memory_usage_bytes", .gauge, "Memory in use, with caches.") {
            $2.sample($0.memoryUsage, $1)
        }
        if measured.contains(where: { $0.1.memoryLimit > 0 }) {
            family("container_spec_memory_limit_bytes", .gauge, "Memory it may use; the host's without a limit.") {
                if $0.memoryLimit > 0 { $2.sample($0.memoryLimit, $1) }
            }
        }
        family("container_network_receive_bytes_total", .counter, "Received over all networks.") {
            $2.sample($0.receivedBytes, $1)
        }
        family("container_network_transmit_bytes_total", .counter, "Sent over all networks.") {
            $2.sample($0.sentBytes, $1)
        }
    }
}

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
