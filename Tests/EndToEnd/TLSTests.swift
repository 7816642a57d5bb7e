import Testing

extension EndToEnd {
    /// The tunnel inside TLS, with certificates made on the spot, and a real nginx that ends it.
    @Suite(.enabled(if: Paths.isInstalled("openssl"), "needs openssl to make certificates")) struct TLSTests {
        @Test func aControllerWithACertificateOfTheGivenAuthorityIsTrusted() async throws {
            try await Workbench.use { bench in
                let authority = try await bench.makeAuthority()
                let certificate = try await bench.makeCertificate(from: authority)
                let key = try await bench.makeKey()
                let options = ["--tls-cert", certificate.file, "--tls-key", certificate.keyFile]
                let controller = try bench.startController(knowing: [key], options: options)
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                let settings = ["DRYDOCK_URL": "https://localhost:\(port)", "CA_CERT": authority.file]
                _ = try bench.startAgent(key, port: port, settings: settings)
                let socket = try await controller.line(after: "agent connected name=\(Workbench.agentName) socket=")
                #expect(try await Docker(socket, on: bench)("ps").status == 0)
            }
        }

        // MARK: Behind nginx

        /// Starts a controller, an nginx before it, and an agent that dials it; `body` gets all three.
        private static func behindNginx(
            names: String = "DNS:localhost,IP:127.0.0.1",
            days: Int = 2,
            serverKey: [String]? = nil,
            asksForCertificates: Bool = false,
            settings: (Authority, Certificate) -> [String: String] = { authority, _ in ["CA_CERT": authority.file] },
            _ body: (Workbench, _ controller: Program, _ agent: Program) async throws -> Void
        ) async throws {
            try await Workbench.use { bench in
                let authority = try await bench.makeAuthority()
                let certificate = try await bench.makeCertificate(
                    for: names,
                    from: authority,
                    days: days,
                    key: serverKey
                )
                let key = try await bench.makeKey()
                let controller = try bench.startController(knowing: [key])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                let nginx = try await Nginx.start(
                    before: port,
                    certificate,
                    clients: asksForCertificates ? authority : nil,
                    on: bench
                )
                let url = ["DRYDOCK_URL": "https://localhost:\(nginx.port)"]
                let more = settings(authority, certificate)
                let agent = try bench.startAgent(key, port: port, settings: url.merging(more) { $1 })
                try await body(bench, controller, agent)
            }
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func aTunnelThroughNginxWorks() async throws {
            try await Self.behindNginx { bench, controller, _ in
                let socket = try await controller.line(after: "agent connected name=\(Workbench.agentName) socket=")
                #expect(try await Docker(socket, on: bench)("ps").status == 0)
            }
        }

        @Test(
            .enabled(if: Nginx.isInstalled, "needs nginx"),
            arguments: [["ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"], ["ed25519"], ["rsa:2048"]]
        )
        func aServersKeyOfAnUsualKindIsAccepted(key: [String]) async throws {
            try await Self.behindNginx(serverKey: key) { _, controller, _ in
                try await controller.line(after: "agent connected name=\(Workbench.agentName) ")
            }
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func aServersKeyForRSAPSSAloneIsNamed() async throws {
            let key = ["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"]
            try await Self.behindNginx(serverKey: key) { _, _, agent in
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("refused the TLS handshake before it showed a certificate"), "\(reason)")
                #expect(reason.contains("(not RSA-PSS)"), "\(reason)")
            }
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func anUnknownAuthorityIsNamed() async throws {
            try await Self.behindNginx(settings: { _, _ in [:] }) { _, controller, agent in
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(
                    reason.contains("comes from an authority this host does not know, CN=Test CA; name"),
                    "\(reason)"
                )
                #expect(reason.contains("SHA-256 "))
                #expect(!controller.output.contains("agent connected"))
            }
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func anExpiredCertificateIsNamed() async throws {
            try await Self.behindNginx(days: -1) { _, _, agent in
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("the controller's certificate expired on 20"), "\(reason)")
            }
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func aWrongNameIsNamed() async throws {
            try await Self.behindNginx(names: "DNS:drydock.example,IP:192.0.2.7") { _, _, agent in
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("is for drydock.example, 192.0.2.7, not for localhost"), "\(reason)")
            }
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func aPinThatDoesNotMatchIsRefusedAndTheRightOnePrinted() async throws {
            let wrong = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
            var right = ""
            let pinned = { (authority: Authority, _: Certificate) in
                ["CA_CERT": authority.file, "CONTROLLER_PIN": wrong]
            }
            try await Self.behindNginx(settings: pinned) { _, controller, agent in
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("which CONTROLLER_PIN does not list"), "\(reason)")
                right = String(reason.firstMatch(of: #/sha256/[A-Za-z0-9+/=]+/#)?.output ?? "")
                #expect(!controller.output.contains("agent connected"))
            }
            #expect(right.hasPrefix("sha256/"))
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func aServerThatAsksForACertificateGetsOurs() async throws {
            let with = { (authority: Authority, certificate: Certificate) in
                ["CA_CERT": authority.file, "CLIENT_CERT": certificate.file, "CLIENT_KEY": certificate.keyFile]
            }
            try await Self.behindNginx(asksForCertificates: true, settings: with) { _, controller, _ in
                try await controller.line(after: "agent connected name=\(Workbench.agentName) ")
            }
            try await Self.behindNginx(asksForCertificates: true) { _, _, agent in
                // nginx takes the handshake and answers the request with 400.
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("HTTP 400"), "\(reason)")
            }
        }

        @Test(.enabled(if: Nginx.isInstalled && Paths.isInstalled("faketime"), "needs nginx and faketime"))
        func aHostWhoseClockIsWrongSignsWithTheControllersTime() async throws {
            try await Workbench.use { bench in
                let authority = try await bench.makeAuthority()
                let certificate = try await bench.makeCertificate(from: authority)
                let key = try await bench.makeKey()
                let controller = try bench.startController(knowing: [key])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                let nginx = try await Nginx.start(before: port, certificate, on: bench)
                // The wrapper would stand between us and the agent's process.
                let library = try await bench.run(
                    try Paths.installed("faketime"),
                    ["-f", "+2m", "printenv", "LD_PRELOAD"]
                )
                let agent = try bench.start(
                    try Paths.built("lookout"),
                    environment: [
                        "DRYDOCK_URL": "https://localhost:\(nginx.port)", "PRIVATE_KEY_FILE": key.file,
                        "CA_CERT": authority.file, "DOCKER_SOCKET": Engine.shared.socket, "LOG_FORMAT": "text",
                        "BIND_ADDRESS": "unix:\(bench.operationsSocket)",
                        "LD_PRELOAD": try #require(library.lines.first),
                        // Twice what a controller lets pass. Not more: absolute timers are moved too, and none may end up
                        // before the machine's start.
                        "FAKETIME": "+2m",
                        // Only the wall clock is wrong; timers must go on.
                        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
                    ]
                )
                try await controller.line(after: "agent connected name=")
                let offset = try await agent.line(after: "signing with the controller's time offset_s=\"-")
                #expect(abs((Int(offset.prefix { $0.isNumber }) ?? 0) - 120) <= 1, "\(offset)")
            }
        }

        @Test func aPortWithoutTLSIsNamed() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let controller = try bench.startController(knowing: [key])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                let settings = ["DRYDOCK_URL": "https://localhost:\(port)"]
                let agent = try bench.startAgent(key, port: port, settings: settings)
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("tls failed"), "\(reason)")
            }
        }
    }
}
