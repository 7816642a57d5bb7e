import Testing

/// The two ways through an agent to its engine.
enum Door: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// The agent listens.
    case listener
    /// The agent has dialled out, and a controller offers its engine.
    case tunnel

    var testDescription: String { self.rawValue }

    /// Starts an agent.
    ///
    /// - Returns: the agent, and the socket at which clients find its engine.
    func open(on bench: Workbench, settings: [String: String] = [:]) async throws -> (agent: Program, socket: String) {
        switch self {
        case .listener: return try await bench.startStandard(settings)
        case .tunnel:
            let tunnel = try await bench.openTunnel(settings: settings)
            return (tunnel.agent, tunnel.socket)
        }
    }
}
