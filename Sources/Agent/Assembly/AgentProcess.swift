import DockerBridge
import EdgeTunnel
import Logging

/// The agent as a process: settings, log, signals, one of the two modes, and the exit status.
package enum AgentProcess {
    /// From the start to the exit with `PARK=exit`, so that a restart policy cannot spin.
    private static let shortestRun = Duration.seconds(5)

    /// For the last lines of a log that is perhaps not read.
    private static let lastWords = Duration.seconds(1)

    /// Runs until a signal or a failure.
    ///
    /// - Returns: whether it ended well; otherwise the log or standard error has the reason.
    /// - Throws: `AgentError` where the system lacks descriptors or threads for a start.
    package static func run() async throws(AgentError) -> Bool {
        let start = ContinuousClock.Instant.now
        try DescriptorLimit.raise()
        // Before anything that may hang: as process 1 the kernel ignores a signal that has no handler.
        let signals = try SignalPipe.open()
        let open = OpenParts()
        let watch = try SignalWatch(signals, parts: open)
        ChildProcesses.shared.adoptOrphans()
        let configuration: Configuration
        do throws(AgentError) {
            let environment = ProcessEnvironment.current
            configuration = try Configuration(
                environment: environment,
                output: .current(environment: environment)
            )
        } catch {
            Self.report(error)
            return false
        }
        let queue = try LogQueue.toStandardOutput(configuration.logFormat)
        defer { queue.flush(within: Self.lastWords) }
        let output = LogOutput(format: configuration.logFormat, level: configuration.logLevel) { queue.append($0) }
        let logger = Logger(label: "lookout") { _ in output }
        watch.log(to: logger, queue)
        logger.info(
            "starting lookout",
            metadata: ["version": "\(BuildInfo.version)", "mode": "\(configuration.mode.name)"]
        )
        for warning in configuration.warnings { logger.warning("\(warning)") }
        ProcessMemory.configureAllocator()
        do {
            switch configuration.mode {
            case .edge(let tunnel, let operations):
                try await EdgeAgent(configuration, tunnel, operations: operations, logger: logger).run(watch, open)
            case .standard(let settings):
                try await StandardAgent(configuration, settings, logger: logger).run(watch, open)
            }
        } catch {
            logger.error("lookout failed", metadata: ["error": "\(error)"])
            if error is Parked { try? await Task.sleep(until: start + Self.shortestRun, clock: .continuous) }
            return false
        }
        logger.info("lookout stopped")
        return true
    }

    /// One JSON line on standard error for the program that supervises the agent, whatever the log's settings are.
    private static func report(_ error: AgentError) {
        for problem in error.problems { StandardError.write("lookout: \(problem)\n") }
        let line = LogLine(
            time: .now,
            level: .error,
            message: "failed to load config",
            fields: [("error", error.description)]
        )
        StandardError.write(line.text(.json))
    }
}

extension Configuration.Mode {
    fileprivate var name: String {
        switch self {
        case .edge: "edge"
        case .standard: "standard"
        }
    }
}
