package import NIOCore

/// What the listener may ask the agent about its own state; the wiring fills it.
package struct AgentHealth: Sendable {
    /// Whether the agent dials out or listens.
    package enum Mode: String, Sendable {
        case edge
        case standard
    }

    /// How the agent stands with its controller.
    package enum Controller: Sendable, Equatable {
        /// Standard mode does not dial.
        case notApplicable
        case connected
        case disconnected
        /// Only a person can help; `remedy` says how.
        case parked(code: String, remedy: String)

        var word: String {
            switch self {
            case .notApplicable: "not_applicable"
            case .connected: "connected"
            case .disconnected: "disconnected"
            case .parked: "parked"
            }
        }

        var isReady: Bool { self == .notApplicable || self == .connected }
    }

    package var mode: Mode
    package var version: String
    package var startedAt: ContinuousClock.Instant
    /// Whether the engine answers, within a few seconds.
    package var isEngineReachable: @Sendable () async -> Bool
    package var controller: @Sendable () -> Controller
    /// The members of the status object, without its braces.
    package var status: @Sendable () async -> ByteBuffer

    package init(
        mode: Mode,
        version: String,
        startedAt: ContinuousClock.Instant,
        isEngineReachable: @escaping @Sendable () async -> Bool,
        controller: @escaping @Sendable () -> Controller,
        status: @escaping @Sendable () async -> ByteBuffer
    ) {
        self.mode = mode
        self.version = version
        self.startedAt = startedAt
        self.isEngineReachable = isEngineReachable
        self.controller = controller
        self.status = status
    }
}

/// The agent itself.
package struct AgentMetrics: MetricsSource {
    private let version: String
    private let startedAt: ContinuousClock.Instant
    private let memory: @Sendable () -> Int?

    /// - Parameter memory: bytes that are the process's own; `nil` where that is not known.
    package init(version: String, startedAt: ContinuousClock.Instant, memory: @escaping @Sendable () -> Int?) {
        self.version = version
        self.startedAt = startedAt
        self.memory = memory
    }

    package func write(to page: inout MetricsPage) {
        page.family("lookout_build_info", .gauge, "The version that runs, as a label.")
        page.sample(1, [("version", self.version)])
        let uptime = self.startedAt.duration(to: .now)
        page.single("lookout_uptime_seconds", .gauge, "Since the agent was started.", uptime / .seconds(1))
        if let memory = self.memory() {
            let help = "Memory that is the agent's own, without what it shares with files."
            page.single("lookout_process_memory_bytes", .gauge, help, memory)
        }
    }
}
