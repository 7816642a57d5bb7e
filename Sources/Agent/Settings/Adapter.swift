/// Which interface of its own standard mode offers beside the proxied engine.
enum Adapter: String, CaseIterable, Sendable {
    /// `/api/…`, for a Drydock that reaches the agent directly.
    case drydock
    /// `/api/v1/…`, for everybody else.
    case generic

    /// As `/_lookout/info` lists them.
    var capabilities: [String] {
        let common = ["compose", "exec", "metrics", "events"]
        return switch self {
        case .drydock: common + ["dd:container-sync", "dd:logs"]
        case .generic: common + ["containers", "logs", "version"]
        }
    }
}
