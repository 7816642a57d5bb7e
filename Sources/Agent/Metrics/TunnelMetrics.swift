import EdgeTunnel
import LocalServer
import NIOCore

/// The tunnel of edge mode.
struct TunnelMetrics: MetricsSource {
    let monitor: TunnelMonitor

    func write(to page: inout MetricsPage) async {
        let status = await self.monitor.status
        let prefix = "lookout_edge_"
        let isConnected = status.isConnected ? 1 : 0
        page.single(prefix + "controller_connected", .gauge, "Whether a controller has welcomed us.", isConnected)
        page.family(prefix + "state", .gauge, "1 for the state that the tunnel is in.")
        for state in TunnelStatus.State.allCases {
            page.sample(status.state == state ? 1 : 0, [("state", state.rawValue)])
        }
        page.single(prefix + "dials_total", .counter, "Attempts to reach a controller.", status.dials)
        let reconnects = max(0, status.welcomes - 1)
        page.single(prefix + "reconnects_total", .counter, "Welcomes after the first one.", reconnects)
        page.family(prefix + "ends_total", .counter, "How attempts and sessions ended.")
        for (code, count) in status.ends.sorted(by: { $0.key < $1.key }) { page.sample(count, [("reason", code)]) }
        page.family(prefix + "phase_seconds", .gauge, "How long the phases of the last dial took.")
        for entry in status.timings.entries {
            page.sample(entry.duration / .seconds(1), [("phase", entry.phase.rawValue)])
        }
        if let roundTrip = status.roundTrip {
            page.single(prefix + "round_trip_seconds", .gauge, "To the controller and back.", roundTrip / .seconds(1))
        }
        self.writeTraffic(status, prefix, to: &page)
    }

    private func writeTraffic(_ status: TunnelStatus, _ prefix: String, to page: inout MetricsPage) {
        page.family(prefix + "streams", .gauge, "What is under way through the tunnel.")
        page.sample(status.load.requests, [("kind", "request")])
        page.sample(status.load.execs, [("kind", "exec")])
        page.family(prefix + "sent_bytes_total", .counter, "Bytes that left, by how urgent they were.")
        page.sample(status.traffic.controlBytes, [("lane", "control")])
        page.sample(status.traffic.interactiveBytes, [("lane", "interactive")])
        page.sample(status.traffic.bulkBytes, [("lane", "bulk")])
        page.single(prefix + "queued_bytes", .gauge, "Bytes that wait for the controller.", status.load.queuedBytes)
        let help = "How often the link was not read for a while, because processes did not take their input."
        page.single(prefix + "backpressure_events_total", .counter, help, status.traffic.pauses)
    }
}
