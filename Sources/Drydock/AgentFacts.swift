/// What a controller is told of the agent itself, apart from its containers.
package struct AgentFacts: Sendable {
    package var version: String
    package var startedAt: ContinuousClock.Instant
    /// As Go names it, such as `amd64`.
    package var architecture: String
    package var processors: Int
    /// Bytes of the host's memory; 0 where that is not known.
    package var memory: Int
    package var logLevel: String
    package var pollIntervalSeconds: Int
    /// Seconds since 1970.
    package var now: @Sendable () -> Int64

    package init(
        version: String,
        startedAt: ContinuousClock.Instant,
        architecture: String,
        processors: Int,
        memory: Int,
        logLevel: String,
        pollIntervalSeconds: Int,
        now: @escaping @Sendable () -> Int64
    ) {
        self.version = version
        self.startedAt = startedAt
        self.architecture = architecture
        self.processors = processors
        self.memory = memory
        self.logLevel = logLevel
        self.pollIntervalSeconds = pollIntervalSeconds
        self.now = now
    }
}
