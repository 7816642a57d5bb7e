import Foundation

/// A controller, an agent that it has welcomed, and the docker command line at the controller's end.
struct Tunnel {
    let controller: Program
    let agent: Program
    /// Where the agent's engine is at the controller's end.
    let socket: String
    let docker: Docker
}

extension Workbench {
    static let agentName = "edge-host-01"

    /// Where the bench's agent tells how it is.
    var operationsSocket: String { self.file("operations.sock") }

    /// - Parameters:
    ///   - engine: the engine's socket at the agent's end.
    ///   - options: of the controller; without, it is one that knows no capability.
    func openTunnel(
        engine: String = Engine.shared.socket,
        settings: [String: String] = [:],
        options: [String] = []
    ) async throws -> Tunnel {
        let key = try await self.makeKey()
        let controller = try self.startController(knowing: [key], options: options)
        let port = try await controller.line(after: "listening on 127.0.0.1:")
        let agent = try self.startAgent(key, port: port, engine: engine, settings: settings)
        let socket = try await controller.line(after: "agent connected name=\(Self.agentName) socket=")
        return Tunnel(controller: controller, agent: agent, socket: socket, docker: Docker(socket, on: self))
    }

    /// A fresh key pair from the agent's own `keygen`.
    func makeKey() async throws -> AgentKey {
        let generated = try await self.run(try Paths.built("lookout"), ["keygen", "-comment", "test"])
        guard generated.status == 0, let line = generated.lines.last, line.hasPrefix("ed25519 ") else {
            throw Missing(description: "lookout keygen made no key: \(generated.errors)")
        }
        let name = "agent-\(UUID().uuidString).pem"
        return AgentKey(file: try self.write(generated.bytes, to: name), authorizedLine: line)
    }

    /// - Parameters:
    ///   - port: "0" takes a free one.
    ///   - place: the host it runs on, and its address there; this machine's loopback without.
    func startController(
        knowing keys: [AgentKey],
        port: String = "0",
        options: [String] = [],
        at place: (network: Network, host: Network.Host, address: String)? = nil
    ) throws -> Program {
        let lines = keys.map { "\($0.authorizedLine)\n" }.joined()
        let keyFile = try self.write(Data(lines.utf8), to: "authorized_keys")
        let arguments = [
            "--listen", "\(place?.address ?? "127.0.0.1"):\(port)", "--authorized-keys", keyFile,
            "--sockets", self.file("sockets"),
        ]
        let prefix = try place.map { try $0.network.prefix($0.host) } ?? []
        return try self.start(prefix + [try Paths.built("edge-controller")] + arguments + options)
    }

    func startAgent(
        _ key: AgentKey,
        port: String,
        engine: String = Engine.shared.socket,
        settings: [String: String] = [:],
        on network: Network? = nil
    ) throws -> Program {
        let environment = [
            "DRYDOCK_URL": "http://127.0.0.1:\(port)", "PRIVATE_KEY_FILE": key.file, "DOCKER_SOCKET": engine,
            "AGENT_NAME": Self.agentName, "LOG_FORMAT": "text", "LOG_LEVEL": "debug",
            "BIND_ADDRESS": "unix:\(self.operationsSocket)",
        ]
        let prefix = try network.map { try $0.prefix(.agent) } ?? []
        return try self.start(prefix + [try Paths.built("lookout")], environment: environment.merging(settings) { $1 })
    }
}

struct AgentKey {
    /// The private key, as `keygen` printed it.
    let file: String
    /// Its line in an `authorized_keys` file.
    let authorizedLine: String
}

extension Workbench {
    /// One of the reference controller's commands.
    func controller(_ arguments: String...) async throws -> Outcome {
        try await self.run(try Paths.built("edge-controller"), arguments)
    }

    func startController(_ arguments: String...) throws -> Program {
        try self.start(try Paths.built("edge-controller"), arguments)
    }
}
