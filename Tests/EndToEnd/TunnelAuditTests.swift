import Foundation
import Testing

extension EndToEnd {
    @Suite struct TunnelAuditTests {
        @Test func whatAControllerDoesIsWrittenDown() async throws {
            try await Workbench.use { bench in
                let log = bench.file("audit.log")
                let name = try await bench.sleeper()
                let tunnel = try await bench.openTunnel(settings: ["AUDIT_LOG": log])
                #expect(try await tunnel.docker("ps", "--all", "--filter", "name=secret").status == 0)
                #expect(try await tunnel.docker("inspect", "no-such-container").status != 0)
                #expect(try await tunnel.docker("exec", name, "true").status == 0)
                #expect(try await bench.controller("delete", tunnel.socket, name).status == 0)
                tunnel.agent.signal(SIGTERM)
                #expect(try await tunnel.agent.exit() == 0)
                let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
                func has(_ parts: String...) -> Bool {
                    lines.contains { line in parts.allSatisfy { line.contains($0) } }
                }
                #expect(has(#""actor":"ws://127.0.0.1:"#, #"/containers/json""#, #""status":200"#))
                #expect(has(#"/containers/no-such-container/json""#, #""outcome":"allowed""#, #""status":404"#))
                #expect(has(#""event":"exec_start""#, #""container":"\#(name)""#))
                #expect(has(#""event":"exec_end""#, #""container":"\#(name)""#, #""outcome":"allowed""#, "duration_ms"))
                #expect(has(#""method":"DELETE""#, #""path":"/containers/\#(name)""#, #""status":204"#))
                #expect(!has("secret"))
                let verified = try await bench.run(try Paths.built("lookout"), ["audit-log", "verify", log])
                #expect(verified.status == 0, "\(verified.errors)")
                // The signature at its end covers what was written.
                #expect(has("audit_checkpoint"))
            }
        }
    }
}
