import Foundation
import Testing

extension EndToEndWaits {
    /// A controller that stands still while a stream outruns it and a terminal is open beside.
    @Suite struct StallTests {
        private static let streamedBytes = 64 << 20
        /// Twice what the lanes let wait once they are crowded, for one read of each stream on top.
        private static let mostQueued = 4 << 20

        @Test func oneThatReadsNothingForFifteenSecondsLosesNothing() async throws {
            try await Workbench.use { bench in
                let scene = try await Scene(on: bench)
                try await scene.stop()
                // The one test that waits for a time: that it passes is what is tested.
                try await Task.sleep(for: .seconds(15))
                let load = try await scene.status()
                #expect(load["state"] as? String == "connected")
                #expect(try #require(load["queuedBytes"] as? Int) < Self.mostQueued)
                scene.tunnel.controller.signal(SIGCONT)
                #expect(try await scene.stream.exit(within: .seconds(120)) == 0)
                let bytes = scene.stream.outputBytes
                #expect(bytes.count == Self.streamedBytes)
                let file = try bench.write(bytes, to: "received")
                let received = try await bench.run(try Paths.installed("sha256sum"), [file])
                #expect(received.output.prefix(64) == scene.digest)
                try scene.terminal.type("echo $((40 + 2))\n")
                try await scene.terminal.shows("\r\n42\r\n")
                #expect(try await scene.status()["welcomes"] as? Int == 1)
            }
        }

        @Test func oneThatReadsNothingAnyMoreIsLeftAndNothingOfItStays() async throws {
            try await Workbench.use { bench in
                let scene = try await Scene(on: bench)
                try await scene.stop()
                let before = try scene.tunnel.agent.unixSockets()
                try await eventually("the agent gives the connection up", within: .seconds(60)) {
                    scene.tunnel.agent.output.contains("the controller takes no more data") ? () : nil
                }
                // Sooner than an idle connection grows old, so these two are the stream's and the terminal's.
                try await eventually("their two connections to the engine are closed", within: .seconds(30)) {
                    try before.subtracting(scene.tunnel.agent.unixSockets()).count >= 2 ? () : nil
                }
                try await eventually("the stream's process ends") {
                    try await bench.direct("top", scene.container, "-eo", "comm").output.contains("cat") ? nil : ()
                }
                scene.tunnel.controller.signal(SIGCONT)
                try await eventually("the agent is welcomed again", within: .seconds(60)) {
                    try await scene.status()["welcomes"] as? Int == 2 ? () : nil
                }
            }
        }

        /// A stream under way that is far from its end, beside a terminal.
        private struct Scene {
            let bench: Workbench
            let tunnel: Tunnel
            let container: String
            let stream: Program
            let terminal: Terminal
            let digest: Substring

            init(on bench: Workbench) async throws {
                self.bench = bench
                self.container = try await bench.sleeper()
                let script = "head -c \(streamedBytes) /dev/urandom > /tmp/data; sha256sum /tmp/data"
                self.digest = try await bench.direct("exec", self.container, "sh", "-c", script).output.prefix(64)
                self.tunnel = try await bench.openTunnel()
                self.terminal = try Terminal(columns: 80, rows: 24)
                _ = try self.tunnel.docker.start("exec", "-it", self.container, "sh", terminal: self.terminal)
                try await self.terminal.shows("#")
                self.stream = try self.tunnel.docker.start("exec", self.container, "cat", "/tmp/data")
            }

            /// Stops the controller in the middle of the stream.
            func stop() async throws {
                try await eventually("the stream begins") { self.received > 0 ? () : nil }
                self.tunnel.controller.signal(SIGSTOP)
                try #require(self.received < streamedBytes, "the stream was over before it could be stopped")
            }

            private var received: Int { self.stream.outputBytes.count }

            func status() async throws -> [String: Any] {
                let environment = ["BIND_ADDRESS": "unix:\(self.bench.operationsSocket)"]
                let status = try await self.bench.run(
                    try Paths.built("lookout"),
                    ["status", "--json"],
                    environment: environment
                )
                return try JSONSerialization.jsonObject(with: status.bytes) as? [String: Any] ?? [:]
            }
        }
    }
}
