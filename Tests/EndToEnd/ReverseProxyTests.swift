import Foundation
import Testing

extension EndToEnd {
    /// Reverse proxies of the distribution stand between the agent and its controller.
    @Suite struct ReverseProxyTests {
        private static func open(
            _ proxy: ReverseProxy,
            passesUpgrade: Bool,
            on bench: Workbench
        ) async throws -> (controller: Program, agent: Program) {
            let key = try await bench.makeKey()
            let controller = try bench.startController(knowing: [key])
            let port = try await controller.line(after: "listening on 127.0.0.1:")
            let entrance = try await proxy.start(before: port, passesUpgrade: passesUpgrade, on: bench)
            return (controller, try bench.startAgent(key, port: "\(entrance)"))
        }

        @Test(arguments: ReverseProxy.installed)
        func oneThatPassesUpgradeOnCarriesTheTunnel(proxy: ReverseProxy) async throws {
            try await Workbench.use { bench in
                let (controller, agent) = try await Self.open(proxy, passesUpgrade: true, on: bench)
                let socket = try await controller.line(
                    after: "agent connected name=\(Workbench.agentName) socket="
                )
                let docker = Docker(socket, on: bench)
                #expect(try await docker("ps").status == 0, "\(agent.output)")
                // Both ways, and more than a buffer of the proxy's.
                let much = try await docker(
                    "exec",
                    "demo-sleeper",
                    "sh",
                    "-c",
                    "yes | head -c 3000000 | wc -c; yes | head -c 3000000"
                )
                #expect(much.status == 0, "\(much.errors)")
                #expect(much.bytes.count > 3_000_000)
            }
        }

        /// What each lacks; this HAProxy was told to leave the field out, and does not say who it is.
        @Test(arguments: ReverseProxy.installed)
        func oneThatDoesNotIsNamedWithTheLineThatItLacks(proxy: ReverseProxy) async throws {
            let lacked =
                switch proxy {
                case .nginx: "; its configuration lacks proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade"
                case .apache: "; its configuration lacks upgrade=websocket on its ProxyPass"
                case .varnish: "; its configuration lacks return (pipe) where req.http.Upgrade is websocket"
                case .haproxy: "a reverse proxy that does not pass Upgrade on looks like this"
                }
            try await Workbench.use { bench in
                let (_, agent) = try await Self.open(proxy, passesUpgrade: false, on: bench)
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("HTTP 400"), "\(reason)")
                #expect(reason.contains(lacked), "\(reason)")
            }
        }

        @Test(arguments: ReverseProxy.installed)
        func oneWithoutItsControllerIsSaidToBeThat(proxy: ReverseProxy) async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let nobody = try FreePort.find()
                let entrance = try await proxy.start(before: "\(nobody)", passesUpgrade: true, on: bench)
                let agent = try bench.startAgent(key, port: "\(entrance)")
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                // Varnish has passed the connection on when it finds nobody, and has no answer of its own then.
                let words =
                    proxy == .varnish
                    ? "closed the connection without an answer" : "the reverse proxy there cannot reach the controller"
                #expect(reason.contains(words), "\(reason)")
            }
        }
    }
}
