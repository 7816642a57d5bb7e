import Drydock
import Logging

/// What `EDGE_DIALECT` may say: a dialect, or that the agent finds it out.
enum DialectChoice: String, CaseIterable, Sendable {
    case auto
    case portwing
    case lookout

    /// `nil` for `auto`.
    var dialect: Dialect? { Dialect(rawValue: self.rawValue) }
}

/// What `LOG_LEVEL` may say.
enum LogLevel: String, CaseIterable, Sendable {
    case debug
    case info
    case warn
    case error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }
}

/// Which interface of its own standard mode offers beside the proxied engine.
enum Adapter: String, CaseIterable, Sendable {
    /// `/api/…`, for a Drydock that reaches the agent directly.
    case drydock
    /// `/api/v1/…`, for everybody else.
    case generic

    /// As `/_lookout/info` lists them.
    func capabilities(withCompose: Bool) -> [String] {
        let common = (withCompose ? ["compose"] : []) + ["exec", "metrics", "events"]
        return switch self {
        case .drydock: common + ["dd:container-sync", "dd:logs"]
        case .generic: common + ["containers", "logs", "version"]
        }
    }
}
