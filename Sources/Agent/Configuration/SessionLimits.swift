import DockerBridge
import NIOCore

/// Long sessions at a time, in either mode.
struct SessionLimits: Equatable {
    var execs: Int
    /// `nil` for no limit of their own.
    var streams: Int?
}

extension SessionLimits {
    init(_ reader: inout EnvironmentReader) {
        self.init(
            execs: reader.read(Settings.maxExecSessions),
            streams: reader.read(Settings.maxStreamSessions)
        )
    }
}

extension RequestDispatcher.Limits {
    /// How much the agent takes on, and what it leaves behind.
    init(_ reader: inout EnvironmentReader) {
        self.init()
        let seconds = reader.read(Settings.requestTimeout)
        self.requestTimeout = seconds == 0 ? nil : .seconds(Int64(seconds))
        self.memory = reader.read(Settings.memoryBudget)
        self.orphans = reader.read(Settings.execOrphans)
    }
}
