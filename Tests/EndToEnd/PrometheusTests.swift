import Foundation
import Testing

extension EndToEnd {
    /// A real Prometheus, with the example's configuration but for ports, token and interval.
    @Suite(.enabled(if: Paths.isInstalled("prometheus"), "needs prometheus"))
    struct PrometheusTests {
        @Test func scrapesBothModes() async throws {
            try await Workbench.use { bench in
                let (standard, edge, own) = (try FreePort.find(), try FreePort.find(), try FreePort.find())
                _ = try await bench.startStandard(
                    ["BIND_ADDRESS": "127.0.0.1", "PORT": "\(standard)", "TOKEN": "a-token"]
                )
                _ = try await bench.openTunnel(settings: ["BIND_ADDRESS": "127.0.0.1", "PORT": "\(edge)"])
                let token = bench.file("scrape-token")
                try "a-token".write(toFile: token, atomically: true, encoding: .utf8)
                let example = try String(
                    contentsOfFile: Paths.example("standard/prometheus/prometheus.yml"),
                    encoding: .utf8
                )
                let alerts = Paths.example("standard/prometheus/alerts.yml")
                try FileManager.default.copyItem(atPath: alerts, toPath: bench.file("alerts.yml"))
                let configuration = bench.file("prometheus.yml")
                try example.replacing("127.0.0.1:3000", with: "127.0.0.1:\(standard)")
                    .replacing("127.0.0.1:3001", with: "127.0.0.1:\(edge)")
                    .replacing("/etc/prometheus/lookout-token", with: token)
                    .replacing("scrape_interval: 30s", with: "scrape_interval: 1s")
                    .write(toFile: configuration, atomically: true, encoding: .utf8)
                let check = try await bench.run(try Paths.installed("promtool"), ["check", "config", configuration])
                #expect(check.status == 0, "\(check.output)\(check.errors)")
                _ = try bench.start(
                    try Paths.installed("prometheus"),
                    [
                        "--config.file=\(configuration)", "--storage.tsdb.path=\(bench.file("tsdb"))",
                        "--web.listen-address=127.0.0.1:\(own)",
                    ]
                )
                func query(_ text: String) async throws -> String {
                    try await bench.run(
                        try Paths.installed("curl"),
                        [
                            "--silent", "--max-time", "10", "--get", "--data-urlencode", "query=\(text)",
                            "http://127.0.0.1:\(own)/api/v1/query",
                        ]
                    ).output
                }
                for expression in [
                    "lookout_edge_controller_connected == 1", #"lookout_http_requests_total{route="/metrics"} > 2"#,
                    "count(lookout_host_memory_total_bytes) == 2",
                    "rate(container_cpu_usage_seconds_total[20s]) >= 0",
                ] {
                    try await eventually("\(expression) holds", within: .seconds(60)) {
                        try await query(expression).contains(#""value":["#) ? () : nil
                    }
                }
            }
        }
    }
}
