/// What the listener answers itself. Everything else is the engine's, a wrong method on one of these included.
enum AgentRoute: Sendable {
    case operations(path: String)
    case info

    /// No credential is asked for.
    var isPublic: Bool {
        switch self {
        case .operations: true
        case .info: false
        }
    }

    init?(_ head: RequestHead) {
        guard head.reads else { return nil }
        switch head.path {
        case "/health", "/ready", "/_lookout/health": self = .operations(path: String(head.path))
        case "/_lookout/info": self = .info
        default: return nil
        }
    }
}
