import Foundation
import Testing

extension EndToEnd {
    /// Ways in which `docker build` gets through the listener, with the credential that each of them has.
    @Suite struct BuildTests {
        /// Runs nothing, so that the engine's network and its registry do not matter.
        private static let dockerfile = "FROM scratch\nCOPY file /file\n"
        private static let token = "a-token-of-a-test"

        @Test func withoutBuildKitTheTokenIsSent() async throws {
            try await Workbench.use { bench in
                let (_, socket) = try await bench.startStandard(["TOKEN": Self.token])
                try bench.sendToken(Self.token)
                let build = "DOCKER_BUILDKIT=0 docker build --quiet \(try bench.buildFolder(Self.dockerfile))"
                let outcome = try await bench.shell(build, engine: socket)
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.hasPrefix("sha256:"))
            }
        }

        @Test func aSessionWithoutATokenIsNamedInTheLog() async throws {
            try await Workbench.use { bench in
                let (agent, socket) = try await bench.startStandard(["TOKEN": Self.token])
                let session = try APIConnection(socket)
                try session.say("POST /session HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
                #expect(try await session.status() == 401)
                let line = try await agent.line(after: "authentication failed: no credentials presented")
                #expect(line.contains("BuildKit does not send the HttpHeaders"))
                #expect(line.contains("DOCKER_BUILDKIT=0"))
            }
        }

        @Test(.enabled("needs a docker command with BuildKit") { try await BuildKit.docker() != nil })
        func withBuildKitAUnixSocketNeedsNoToken() async throws {
            let docker = try #require(try await BuildKit.docker())
            try await Workbench.use { bench in
                let (_, socket) = try await bench.startStandard()
                let build = "DOCKER_BUILDKIT=1 \(docker) build --quiet \(try bench.buildFolder(Self.dockerfile))"
                let expected = try await bench.shell(build, engine: Engine.shared.socket)
                try #require(expected.status == 0, "\(expected.errors)")
                let outcome = try await bench.shell(build, engine: socket)
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output == expected.output)
            }
        }

        @Test(.enabled("needs a docker command with BuildKit") { try await BuildKit.docker() != nil })
        func withBuildKitAClientCertificateIsEnough() async throws {
            let docker = try #require(try await BuildKit.docker())
            try await Workbench.use { bench in
                let authority = try await bench.makeAuthority()
                let server = try await bench.makeCertificate(from: authority)
                let client = try await bench.makeCertificate(from: authority)
                let port = "\(try FreePort.find())"
                _ = try await bench.startStandard([
                    "BIND_ADDRESS": "127.0.0.1", "PORT": port, "TLS_CERT": server.file, "TLS_KEY": server.keyFile,
                    "TLS_CLIENT_CA": authority.file,
                ])
                let folder = bench.file("certificates")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                for (file, name) in [
                    (authority.file, "ca.pem"), (client.file, "cert.pem"), (client.keyFile, "key.pem"),
                ] {
                    try FileManager.default.copyItem(atPath: file, toPath: "\(folder)/\(name)")
                }
                let build = """
                    DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH='\(folder)' DOCKER_BUILDKIT=1 \
                    \(docker) build --quiet \(try bench.buildFolder(Self.dockerfile))
                    """
                let outcome = try await bench.shell(build, engine: "tcp://localhost:\(port)")
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.hasPrefix("sha256:"))
            }
        }
    }
}

/// A docker command that can build with BuildKit: by itself, as up to 20.10, or with buildx.
private enum BuildKit {
    static func docker() async throws -> String? {
        for folder in Paths.search.split(separator: ":") {
            let docker = "\(folder)/docker"
            guard FileManager.default.isExecutableFile(atPath: docker) else { continue }
            let found = try await Workbench.use { bench in
                let version = try await bench.run(docker, ["--version"])
                if version.output.contains("version 20.10.") { return true }
                return try await bench.run(docker, ["buildx", "version"]).status == 0
            }
            if found { return docker }
        }
        return nil
    }
}

extension Workbench {
    /// The docker command sends `token` as one of its `HttpHeaders`.
    fileprivate func sendToken(_ token: String) throws {
        try FileManager.default.createDirectory(atPath: self.file("docker"), withIntermediateDirectories: true)
        let settings = #"{"HttpHeaders": {"X-Lookout-Token": "\#(token)"}}"#
        _ = try self.write(Data(settings.utf8), to: "docker/config.json")
    }

    /// A folder with `dockerfile` and what it copies.
    fileprivate func buildFolder(_ dockerfile: String) throws -> String {
        let folder = self.file("build")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        _ = try self.write(Data(dockerfile.utf8), to: "build/Dockerfile")
        _ = try self.write(Data("content\n".utf8), to: "build/file")
        return folder
    }
}
