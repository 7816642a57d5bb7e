import Foundation
import Testing

extension EndToEndNetwork {
    /// The only way out is a proxy on the router.
    @Suite struct ProxyTests {
        private struct Enclosed {
            let network: Network
            let controller: Program
            let url: String
            let key: AgentKey
            let authority: Authority
        }

        private static func enclose(on bench: Workbench) async throws -> Enclosed {
            let network = try await Network.make(forwards: false, on: bench)
            let key = try await bench.makeKey()
            let authority = try await bench.makeAuthority()
            let certificate = try await bench.makeCertificate(for: "IP:\(Network.worldAddress)", from: authority)
            let controller = try bench.startController(
                knowing: [key],
                options: ["--tls-cert", certificate.file, "--tls-key", certificate.keyFile],
                at: (network, .world, Network.worldAddress)
            )
            let port = try await controller.line(after: "listening on \(Network.worldAddress):")
            return Enclosed(
                network: network,
                controller: controller,
                url: "https://\(Network.worldAddress):\(port)",
                key: key,
                authority: authority
            )
        }

        private static func startAgent(
            _ enclosed: Enclosed,
            proxy: [String: String],
            on bench: Workbench
        ) throws -> Program {
            let settings = ["DRYDOCK_URL": enclosed.url, "CA_CERT": enclosed.authority.file]
            return try bench.startAgent(
                enclosed.key,
                port: "0",
                settings: settings.merging(proxy) { $1 },
                on: enclosed.network
            )
        }

        private static func startTinyproxy(_ enclosed: Enclosed, on bench: Workbench) async throws {
            let configuration = """
                Port 3128
                Listen \(Network.routerAddress)
                BasicAuth agent s3cret
                Timeout 600
                MaxClients 20
                LogLevel Critical
                """
            let file = try bench.write(Data(configuration.utf8), to: "tinyproxy.conf")
            let words = try enclosed.network.prefix(.router) + [Paths.installed("tinyproxy"), "-d", "-c", file]
            _ = try bench.start(words)
            try await Self.waitForListener(3128, enclosed.network)
        }

        /// - Parameter wantsLogIn: whether it asks for a user name and a password, and takes none.
        private static func startSquid(_ enclosed: Enclosed, wantsLogIn: Bool, on bench: Workbench) async throws {
            let folder = bench.file("squid")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let logIn = """
                auth_param basic program /bin/cat
                auth_param basic realm lab
                acl known proxy_auth REQUIRED
                http_access allow known
                http_access deny all
                """
            let configuration = """
                http_port \(Network.routerAddress):3129
                pid_filename none
                cache_log /dev/null
                access_log none
                coredump_dir \(folder)
                pinger_enable off
                cache deny all
                shutdown_lifetime 0 seconds
                \(wantsLogIn ? logIn : "http_access allow all")

                """
            let file = try bench.write(Data(configuration.utf8), to: "squid.conf")
            // It gives up its privileges once it has read its configuration.
            _ = chmod(bench.folder, 0o755)
            _ = chmod(file, 0o644)
            let words = try enclosed.network.prefix(.router) + [Paths.installed("squid"), "-N", "-f", file]
            _ = try bench.start(words)
            try await Self.waitForListener(3129, enclosed.network)
        }

        @Test(.enabled(if: Paths.isInstalled("squid"), "needs squid"))
        func squidLetsTheAgentOut() async throws {
            try await Workbench.use { bench in
                let enclosed = try await Self.enclose(on: bench)
                try await Self.startSquid(enclosed, wantsLogIn: false, on: bench)
                let proxy = ["HTTPS_PROXY": "http://\(Network.routerAddress):3129"]
                _ = try Self.startAgent(enclosed, proxy: proxy, on: bench)
                let socket = try await enclosed.controller.line(
                    after: "agent connected name=\(Workbench.agentName) socket="
                )
                #expect(try await Docker(socket, on: bench)("ps").status == 0)
            }
        }

        @Test(.enabled(if: Paths.isInstalled("squid"), "needs squid"))
        func squidThatWantsALogInIsNamed() async throws {
            try await Workbench.use { bench in
                let enclosed = try await Self.enclose(on: bench)
                try await Self.startSquid(enclosed, wantsLogIn: true, on: bench)
                let place = "http://\(Network.routerAddress):3129"
                let agent = try Self.startAgent(enclosed, proxy: ["HTTPS_PROXY": place], on: bench)
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(
                    reason.contains("the proxy \(place) wants a user name and a password (407)"),
                    "\(reason)"
                )
            }
        }

        private static func waitForListener(_ port: Int, _ network: Network) async throws {
            let mark = ":" + String(format: "%04X", port) + " 00000000:0000 0A"
            try await eventually("a proxy listens at \(port)") {
                try await network.shell("cat /proc/net/tcp", on: .router).contains(mark) ? () : nil
            }
        }

        @Test(.enabled(if: Paths.isInstalled("tinyproxy"), "needs tinyproxy"))
        func aProxyWithAPasswordLetsTheAgentOut() async throws {
            try await Workbench.use { bench in
                let enclosed = try await Self.enclose(on: bench)
                try await Self.startTinyproxy(enclosed, on: bench)
                let proxy = ["https_proxy": "http://agent:s3cret@\(Network.routerAddress):3128"]
                let agent = try Self.startAgent(enclosed, proxy: proxy, on: bench)
                let socket = try await enclosed.controller.line(
                    after: "agent connected name=\(Workbench.agentName) socket="
                )
                #expect(try await Docker(socket, on: bench)("ps").status == 0)
                #expect(!agent.output.contains("s3cret"))
            }
        }

        @Test(.enabled(if: Paths.isInstalled("tinyproxy"), "needs tinyproxy"))
        func aWrongPasswordIsNamed() async throws {
            try await Workbench.use { bench in
                let enclosed = try await Self.enclose(on: bench)
                try await Self.startTinyproxy(enclosed, on: bench)
                let place = "\(Network.routerAddress):3128"
                let wrong = ["HTTPS_PROXY": "http://agent:wr0ng@\(place)"]
                let agent = try Self.startAgent(enclosed, proxy: wrong, on: bench)
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                // This proxy answers 401 to a wrong password, and 407 to none.
                #expect(
                    reason.contains("the proxy http://\(place) refused the user name or password (401)"),
                    "\(reason)"
                )
                #expect(!agent.output.contains("wr0ng"))
                let none = try Self.startAgent(enclosed, proxy: ["HTTPS_PROXY": place], on: bench)
                let wish = try await none.line(after: "tunnel down, dialling again ")
                #expect(wish.contains("the proxy http://\(place) wants a user name and a password (407)"), "\(wish)")
            }
        }

        @Test(.enabled(if: Paths.isInstalled("danted"), "needs dante-server"))
        func aSOCKSProxyLetsTheAgentOut() async throws {
            try await Workbench.use { bench in
                let enclosed = try await Self.enclose(on: bench)
                let configuration = """
                    logoutput: stderr
                    internal: \(Network.routerAddress) port = 1080
                    external: outside
                    socksmethod: none
                    clientmethod: none
                    client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
                    socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
                    """
                let file = try bench.write(Data(configuration.utf8), to: "danted.conf")
                let words = try enclosed.network.prefix(.router) + [Paths.installed("danted"), "-f", file]
                _ = try bench.start(words)
                try await Self.waitForListener(1080, enclosed.network)
                let proxy = ["ALL_PROXY": "socks5://\(Network.routerAddress)"]
                _ = try Self.startAgent(enclosed, proxy: proxy, on: bench)
                let socket = try await enclosed.controller.line(
                    after: "agent connected name=\(Workbench.agentName) socket="
                )
                #expect(try await Docker(socket, on: bench)("ps").status == 0)
            }
        }

        @Test func withoutTheProxyThereIsNoWay() async throws {
            try await Workbench.use { bench in
                let enclosed = try await Self.enclose(on: bench)
                let agent = try Self.startAgent(enclosed, proxy: [:], on: bench)
                #expect(try await agent.line(after: "tunnel down, dialling again ").contains("tcp failed"))
            }
        }
    }
}
