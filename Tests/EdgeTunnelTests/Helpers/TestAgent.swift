import Auth
import DockerBridge
import Drydock
import Foundation
import NIOCore

@testable import EdgeTunnel

/// What an agent in the tests is made of.
enum TestAgent {
    /// Writes a new key that nobody else may read.
    ///
    /// - Returns: its path.
    @discardableResult
    static func makeKey(_ path: String) throws -> String {
        SigningKey.generate().pem().withBytes { bytes in
            bytes.withUnsafeBytes { try? Data($0).write(to: URL(filePath: path)) }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    /// Without a deadline that a busy machine could miss.
    static func settings(_ urls: [String], keyFile: String, dialect: Dialect? = nil) throws -> TunnelSettings {
        var settings = TunnelSettings(
            controllers: try urls.map { try ControllerAddress(parsing: $0) },
            dialect: dialect,
            privateKeyFile: keyFile,
            agentID: "agent",
            agentName: "agent",
            hostname: "host",
            agentVersion: "1"
        )
        settings.dial.limits = { .patient }
        settings.welcomeTimeout = .seconds(300)
        return settings
    }

    /// - Parameter path: the engine's socket; without one there is no engine.
    static func dispatcher(
        engine path: String = "/nowhere",
        on loop: any EventLoop
    ) async throws -> NIOLoopBound<RequestDispatcher> {
        try await loop.submit {
            let client = try EngineClient(address: EngineAddress(.unix(path: path)), eventLoop: loop)
            return NIOLoopBound(RequestDispatcher(client: client), eventLoop: loop)
        }.get()
    }
}
