import Glibc
import Logging
import Subprocess
import SystemPackage

/// Runs one program to its end, with bounds on its time and on what is kept of what it says.
struct ComposeProgram: Sendable {
    /// Bytes kept of each output; the newest.
    static let outputBytes = 1 << 20
    /// Between SIGTERM and SIGKILL: time to let go of what it is doing.
    static let grace = Duration.seconds(5)

    enum Source: String, Sendable {
        case stdout, stderr
    }

    struct Outcome: Sendable {
        var status: TerminationStatus
        var stdout: String
        var stderr: String

        /// Both, as the contract joins them.
        var output: String {
            self.stderr.isEmpty ? self.stdout : self.stdout.isEmpty ? self.stderr : "\(self.stdout)\n\(self.stderr)"
        }
    }

    /// Nothing of the agent's own but what is listed: its secrets are in there too.
    let environment: [String: String]
    var grace = Self.grace
    /// How long SIGKILL is sent to what the program leaves behind.
    var killLimit = ChildProcesses.killLimit
    /// Sends a signal to what the program leaves behind.
    var signal: @Sendable (pid_t, Int32) -> Void = { _ = kill($0, $1) }
    /// Told of processes that do not end.
    var logger: Logger?

    /// When it has ended, so has everything that it started: what is left of it gets a SIGTERM, and after a grace a SIGKILL. A
    /// cancelled task ends the program in the same way. Processes that SIGKILL does not end are given up after `killLimit`.
    ///
    /// - Parameters:
    ///   - input: written to standard input.
    ///   - folder: the working directory.
    ///   - heard: called with what comes, as it comes.
    /// - Throws: `ComposeFailure` where it cannot be started, or took too long.
    func run(
        _ program: String,
        _ arguments: [String],
        in folder: String? = nil,
        input: String = "",
        limit: Duration,
        heard: @escaping @Sendable (String, Source) async -> Void = { _, _ in }
    ) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await self.spawn(program, arguments, in: folder, input: input, heard: heard) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let outcome = try await group.next() ?? nil else {
                throw ComposeFailure(
                    "\(program) did not end within \(limit.components.seconds) seconds and was stopped"
                )
            }
            return outcome
        }
    }

    private func spawn(
        _ program: String,
        _ arguments: [String],
        in folder: String?,
        input: String,
        heard: @escaping @Sendable (String, Source) async -> Void
    ) async throws -> Outcome {
        let family = ChildProcesses.shared.begin()
        defer { ChildProcesses.shared.ended(family) }
        let result: Result<Outcome, any Error>
        do {
            let outcome = try await self.execute(program, arguments, family, in: folder, input: input, heard: heard)
            result = .success(outcome)
        } catch let error as SubprocessError {
            result = .failure(ComposeFailure("\(program) cannot be run: \(error)"))
        } catch {
            result = .failure(error)
        }
        let left = await ChildProcesses.shared.end(
            family,
            grace: self.grace,
            killLimit: self.killLimit,
            signal: self.signal
        )
        if !left.isEmpty {
            let processes = left.sorted().map { "\($0)" }.joined(separator: " ")
            self.logger?.warning(
                "processes of a Compose program do not end by SIGKILL and are left behind",
                metadata: ["program": "\(program)", "processes": "\(processes)"]
            )
        }
        return try result.get()
    }

    private func execute(
        _ program: String,
        _ arguments: [String],
        _ family: ChildProcesses.Family,
        in folder: String?,
        input: String,
        heard: @escaping @Sendable (String, Source) async -> Void
    ) async throws -> Outcome {
        var options = PlatformOptions()
        // A group of its own: the plugin that does the work is a child of the program that was asked.
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: self.grace)
        ]
        var variables: [Environment.Key: String] = [:]
        for (name, value) in self.environment.merging([family.mark.name: family.mark.value], uniquingKeysWith: { $1 }) {
            if let key = Environment.Key(rawValue: name) { variables[key] = value }
        }
        let result = try await Subprocess.run(
            .name(program),
            arguments: Arguments(arguments),
            environment: .custom(variables),
            workingDirectory: folder.map { FilePath($0) },
            platformOptions: options,
            input: .string(input),
            output: .sequence,
            error: .sequence
        ) { execution in
            ChildProcesses.shared.started(family, execution.processIdentifier.value)
            async let stdout = Self.gather(execution.standardOutput, .stdout, heard)
            async let stderr = Self.gather(execution.standardError, .stderr, heard)
            return try await (stdout, stderr)
        }
        return Outcome(
            status: result.terminationStatus,
            stdout: result.closureResult.0,
            stderr: result.closureResult.1
        )
    }

    private static func gather(
        _ pieces: SubprocessOutputSequence,
        _ source: Source,
        _ heard: @escaping @Sendable (String, Source) async -> Void
    ) async throws -> String {
        var kept: [UInt8] = []
        var lost = 0
        for try await piece in pieces {
            let bytes = piece.bytes.withUnsafeBytes { Array($0) }
            await heard(String(decoding: bytes, as: UTF8.self), source)
            kept += bytes
            if kept.count > 2 * Self.outputBytes {
                lost += kept.count - Self.outputBytes
                kept.removeFirst(kept.count - Self.outputBytes)
            }
        }
        if kept.count > Self.outputBytes {
            lost += kept.count - Self.outputBytes
            kept.removeFirst(kept.count - Self.outputBytes)
        }
        let text = String(decoding: kept, as: UTF8.self)
        return lost > 0 ? "[\(lost) bytes left out]\n\(text)" : text
    }
}

extension TerminationStatus {
    /// As in `exit status 1`.
    var words: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal): "ended by signal \(signal)"
        }
    }
}
