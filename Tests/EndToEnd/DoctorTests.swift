import Foundation
import Glibc
import Testing

extension EndToEnd {
    /// `lookout doctor` against faults that are planted one by one.
    @Suite struct DoctorTests {
        /// A healthy host, and what to change in its environment.
        private static func examine(
            knowing isKnown: Bool = true,
            words: [String] = [],
            change: (Workbench, inout [String: String]) async throws -> Void = { _, _ in }
        ) async throws -> Outcome {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                let controller = try bench.startController(knowing: isKnown ? [key] : [])
                let port = try await controller.line(after: "listening on 127.0.0.1:")
                var environment = [
                    "DRYDOCK_URL": "http://localhost:\(port)", "PRIVATE_KEY_FILE": key.file,
                    "DOCKER_SOCKET": Engine.shared.socket, "AGENT_NAME": Workbench.agentName,
                ]
                try await change(bench, &environment)
                let outcome = try await bench.run(
                    try Paths.built("lookout"),
                    ["doctor"] + words,
                    environment: environment
                )
                #expect(!controller.output.contains("agent connected"), "it leaves nothing behind")
                return outcome
            }
        }

        private static func expect(_ outcome: Outcome, names fault: String) {
            #expect(outcome.status == 1)
            let faults = outcome.lines.filter { $0.hasPrefix("✗") }
            #expect(faults.contains { $0.contains(fault) }, "\(outcome.output)\(outcome.errors)")
        }

        @Test func aHealthyHostPassesEveryCheck() async throws {
            let outcome = try await Self.examine()
            #expect(outcome.status == 0, "\(outcome.output)")
            #expect(outcome.lines.allSatisfy { $0.hasPrefix("✓ ") })
            for name in ["configuration", "docker socket", "engine", "socket filter", "dns", "tcp", "clock", "hello"] {
                #expect(outcome.output.contains("✓ \(name): "), "\(name)")
            }
            #expect(outcome.output.contains("✓ upgrade (portwing)"))
        }

        @Test func theSameAsJSON() async throws {
            let outcome = try await Self.examine(knowing: false, words: ["--json"])
            #expect(outcome.status == 1)
            let object = try JSONSerialization.jsonObject(with: outcome.bytes) as? [String: Any]
            #expect(object?["ok"] as? Bool == false)
            #expect((object?["checks"] as? [[String: Any]])?.last?["name"] as? String == "hello")
        }

        @Test func aKeyFileThatTheWorldMayReadIsNamed() async throws {
            let outcome = try await Self.examine { _, environment in
                chmod(environment["PRIVATE_KEY_FILE"]!, 0o644)
            }
            Self.expect(outcome, names: "configuration: PRIVATE_KEY_FILE cannot be used: ")
        }

        @Test func aBadSettingIsNamed() async throws {
            let outcome = try await Self.examine { _, environment in environment["HEARTBEAT_INTERVAL"] = "often" }
            Self.expect(outcome, names: "HEARTBEAT_INTERVAL is 'often'")
            #expect(outcome.output.contains("✓ engine: "), "what does not depend on it is looked at")
        }

        @Test func aMissingSocketIsNamed() async throws {
            let outcome = try await Self.examine { _, environment in
                environment["DOCKER_SOCKET"] = "/nowhere/docker.sock"
            }
            Self.expect(outcome, names: "docker socket: /nowhere/docker.sock does not exist")
        }

        @Test func aSocketThatNobodyListensAtIsNamed() async throws {
            let outcome = try await Self.examine { bench, environment in
                let path = bench.file("stale.sock")
                try Self.leaveStaleSocket(path)
                environment["DOCKER_SOCKET"] = path
            }
            Self.expect(outcome, names: "docker socket: nobody listens at ")
        }

        @Test(.enabled(if: geteuid() == 0 && Paths.isInstalled("setpriv"), "needs root and setpriv"))
        func aSocketThatMayNotBeOpenedIsNamedWithItsGroup() async throws {
            try await Workbench.use { bench in
                let key = try await bench.makeKey()
                chmod(bench.folder, 0o755)
                chown(key.file, 65534, 65534)
                let outcome = try await bench.run(
                    try Paths.installed("setpriv"),
                    ["--reuid=65534", "--regid=65534", "--clear-groups", try Paths.built("lookout"), "doctor"],
                    environment: [
                        "DRYDOCK_URL": "http://localhost:1", "PRIVATE_KEY_FILE": key.file,
                        "DOCKER_SOCKET": try Self.closedSocket(bench.file("closed.sock")),
                    ]
                )
                Self.expect(outcome, names: "user 65534 may not open")
            }
        }

        @Test func aNameThatDoesNotExistIsNamed() async throws {
            let outcome = try await Self.examine { _, environment in
                environment["DRYDOCK_URL"] = "https://no-such-host.invalid"
            }
            Self.expect(outcome, names: "dns: the name no-such-host.invalid cannot be resolved")
        }

        @Test func aClosedPortIsNamed() async throws {
            let outcome = try await Self.examine { _, environment in environment["DRYDOCK_URL"] = "http://127.0.0.1:1" }
            Self.expect(outcome, names: "connection refused")
        }

        @Test func aPathWithoutAnEndpointIsNamed() async throws {
            let outcome = try await Self.examine { _, environment in environment["DRYDOCK_URL"]! += "/elsewhere" }
            Self.expect(outcome, names: "upgrade (portwing): ")
        }

        @Test func aKeyThatTheControllerDoesNotKnowIsNamed() async throws {
            let outcome = try await Self.examine(knowing: false)
            Self.expect(outcome, names: "hello: rejected by the controller: unknown-key")
            #expect(outcome.output.contains("lookout keygen -pub-from"))
        }

        @Test(.enabled(if: Nginx.isInstalled, "needs nginx"))
        func anExpiredCertificateIsNamed() async throws {
            let outcome = try await Self.examine { bench, environment in
                let authority = try await bench.makeAuthority()
                let certificate = try await bench.makeCertificate(from: authority, days: -1)
                let port = String(environment["DRYDOCK_URL"]!.split(separator: ":").last!)
                let nginx = try await Nginx.start(before: port, certificate, on: bench)
                environment["DRYDOCK_URL"] = "https://localhost:\(nginx.port)"
                environment["CA_CERT"] = authority.file
            }
            Self.expect(outcome, names: "tls: the controller's certificate expired on ")
        }

        /// A socket file without anybody behind it, as an engine that was killed leaves one.
        private static func leaveStaleSocket(_ path: String) throws {
            close(try Self.listen(path))
        }

        private static func closedSocket(_ path: String) throws -> String {
            _ = try Self.listen(path)
            chmod(path, 0o600)
            return path
        }

        private static func listen(_ path: String) throws -> CInt {
            let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard result == 0, Glibc.listen(descriptor, 1) == 0 else { throw POSIXError(.EADDRINUSE) }
            return descriptor
        }
    }
}
