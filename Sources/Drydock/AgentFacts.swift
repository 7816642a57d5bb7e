package import Base
package import DockerBridge
package import NIOCore

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

    /// Writes the data of `dd:ack`, the first message to a Drydock that follows this host.
    package func write(_ records: [ContainerRecord], into json: inout JSONWriter<ByteBuffer>) {
        let running = records.count { $0.status == .running }
        let tenths = self.memory / (1 << 30) * 10 + self.memory % (1 << 30) * 10 / (1 << 30)
        json.object { json in
            json.member("version", self.version)
            json.member("os", "linux")
            json.member("arch", self.architecture)
            json.member("cpus", self.processors)
            json.key("memoryGb")
            json.raw("\(tenths / 10).\(tenths % 10)")
            json.member("uptimeSeconds", Int(self.startedAt.duration(to: .now).seconds))
            json.member("lastSeen", UnixTime(seconds: self.now()).rfc3339)
            json.object("containers") { json in
                json.member("total", records.count)
                json.member("running", running)
                json.member("stopped", records.count - running)
            }
            json.member("images", Set(records.map(\.imageID)).count)
            json.member("logLevel", self.logLevel)
            json.member("pollInterval", "\(self.pollIntervalSeconds)s")
        }
    }
}
