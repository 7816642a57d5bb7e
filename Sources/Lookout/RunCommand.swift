import ArgumentParser
import DockerBridge
import EdgeTunnel
import Glibc
import Logging

/// Runs the agent until it is told to stop.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the agent (the default)."
    )

    /// From the start to the exit with `PARK=exit`, so that a restart policy cannot spin.
    private static let shortestRun = Duration.seconds(5)

    /// For the last lines of a log that nobody may be reading.
    private static let lastWords = Duration.seconds(1)

    func run() async throws {
        let start = ContinuousClock.Instant.now
        try DescriptorLimit.raise()
        // Before anything that may hang: as process 1 the kernel ignores a signal that has no handler.
        let signals = try SignalPipe.open()
        let parts = OpenParts()
        let watch = try SignalWatch(signals, parts: parts)
        ChildProcesses.shared.adoptOrphans()
        let configuration: Configuration
        do {
            let environment = ProcessEnvironment.current
            configuration = try Configuration(
                environment: environment,
                output: .current(environment: environment)
            )
        } catch {
            Self.report(error)
            throw ExitCode(1)
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
        do {
            switch configuration.mode {
            case .edge(let tunnel, let operations):
                try await EdgeAgent(configuration, tunnel, operations: operations, logger: logger)
                    .run(watch, parts)
            case .standard(let settings):
                try await StandardAgent(configuration, settings, logger: logger).run(watch, parts)
            }
        } catch {
            logger.error("lookout failed", metadata: ["error": "\(error)"])
            if error is Parked { try? await Task.sleep(until: start + Self.shortestRun, clock: .continuous) }
            throw ExitCode(1)
        }
        logger.info("lookout stopped")
    }

    /// One JSON line on standard error: whoever supervises the agent reads it there, whatever the log is set to.
    private static func report(_ error: Configuration.Invalid) {
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

enum ProcessEnvironment {
    static var current: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}
