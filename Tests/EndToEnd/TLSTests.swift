import Testing

extension EndToEnd {
    /// The same tunnel inside TLS, with a certificate made on the spot.
    @Suite(.enabled(if: Paths.isInstalled("openssl"), "needs openssl to make certificates")) struct TLSTests {
        @Test func aControllerWithACertificateOfTheGivenAuthorityIsTrusted() async throws {
            try await Workbench.use { bench in
                let certificate = try await Self.makeCertificate(on: bench)
                let key = try await bench.makeKey()
                let (controller, url) = try await Self.startController(certificate, knowing: key, on: bench)
                _ = try bench.startAgent(
                    key,
                    port: "0",
                    settings: ["DRYDOCK_URL": url, "CA_CERT": certificate.file]
                )
                let socket = try await controller.line(after: "agent connected name=\(Workbench.agentName) socket=")
                #expect(try await Docker(socket, on: bench)("ps").status == 0)
            }
        }

        @Test func aControllerWithAnUnknownCertificateIsNotTrusted() async throws {
            try await Workbench.use { bench in
                let certificate = try await Self.makeCertificate(on: bench)
                let key = try await bench.makeKey()
                let (controller, url) = try await Self.startController(certificate, knowing: key, on: bench)
                let agent = try bench.startAgent(key, port: "0", settings: ["DRYDOCK_URL": url])
                let reason = try await agent.line(after: "tunnel down, dialling again ")
                #expect(reason.contains("tls failed"))
                #expect(!controller.output.contains("agent connected"))
            }
        }

        private struct Certificate {
            let file: String
            let keyFile: String
        }

        private static func makeCertificate(on bench: Workbench) async throws -> Certificate {
            let certificate = Certificate(file: bench.file("tls.crt"), keyFile: bench.file("tls.key"))
            let outcome = try await bench.run(
                try Paths.installed("openssl"),
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-out", certificate.file, "-keyout", certificate.keyFile,
                ]
            )
            guard outcome.status == 0 else { throw Missing(description: "no certificate: \(outcome.errors)") }
            return certificate
        }

        private static func startController(
            _ certificate: Certificate,
            knowing key: AgentKey,
            on bench: Workbench
        ) async throws -> (Program, url: String) {
            let options = ["--tls-cert", certificate.file, "--tls-key", certificate.keyFile]
            let controller = try bench.startController(knowing: [key], options: options)
            let port = try await controller.line(after: "listening on 127.0.0.1:")
            return (controller, "https://localhost:\(port)")
        }
    }
}
