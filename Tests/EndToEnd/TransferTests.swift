import Foundation
import Testing

extension EndToEnd {
    /// Much data and many clients through the listener, before the real engine.
    @Suite struct TransferTests {
        /// KiB that may be in use beside what is when nothing happens.
        private static let room = 16 * 1024

        @Test func whatGoesUpComesDownAndTakesNoRoomOnTheWay() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let (agent, socket) = try await bench.startStandard()
                // Everything is there that a first request needs.
                _ = try await bench.shell("docker version && docker exec \(name) true", engine: socket)
                let idle = try agent.peakMemory()
                let file = bench.file("large")
                let sum = try await bench.shell("head -c 256M /dev/urandom >\(file) && md5sum <\(file)", engine: socket)
                let up = "docker cp \(file) \(name):/large && docker exec \(name) md5sum /large | sed 's/ .*/  -/'"
                #expect(try await bench.shell(up, engine: socket).output == sum.output)
                let down = "docker cp \(name):/large - | tar xO | md5sum"
                #expect(try await bench.shell(down, engine: socket).output == sum.output)
                #expect(try agent.peakMemory() - idle < Self.room)

                let stalled = try APIConnection(socket)
                try stalled.ask("/containers/\(name)/archive?path=/large")
                // Long enough for the engine to fill whatever would take it.
                try await Task.sleep(for: .seconds(5))
                #expect(try agent.peakMemory() - idle < Self.room)
                // The engine holds on to the container meanwhile, so not by that.
                #expect(try await APIConnection.get("/_ping", from: socket).status == 200)
            }
        }

        @Test func halfOpenConnectionsKeepNobodyOut() async throws {
            try await Workbench.use { bench in
                let (_, socket) = try await bench.startStandard()
                var halfOpen: [APIConnection] = []
                for number in 0..<500 {
                    let connection = try APIConnection(socket)
                    try connection.say(
                        number.isMultiple(of: 2) ? "GET /version HT" : "GET /version HTTP/1.1\r\nHost: a\r\nA:"
                    )
                    halfOpen.append(connection)
                }
                for _ in 0..<20 { #expect(try await APIConnection.get("/_ping", from: socket).status == 200) }
                #expect(halfOpen.count == 500)
            }
        }

        @Test func aTerminalDetachesAndTheContainerStays() async throws {
            try await Workbench.use { bench in
                let name = try await bench.container(options: ["--tty", "--interactive"], "sh")
                let (_, socket) = try await bench.startStandard()
                let terminal = try Terminal(columns: 80, rows: 24)
                let attached = try Docker(socket, on: bench)
                    .start("attach", "--detach-keys", "ctrl-a,d", name, terminal: terminal)
                try terminal.type("echo \"<$((20 + 22))>\"\n")
                try await terminal.shows("<42>")
                terminal.resize(columns: 101, rows: 37)
                try await eventually("the container's terminal has the new size") {
                    try terminal.type("stty size\n")
                    try await Task.sleep(for: .milliseconds(200))
                    return terminal.screen().contains("37 101") ? () : nil
                }
                try terminal.type("\u{1}d")
                _ = try await attached.exit()
                let state = try await bench.direct("inspect", "--format", "{{.State.Running}}", name)
                #expect(state.output == "true\n")
            }
        }
    }
}
