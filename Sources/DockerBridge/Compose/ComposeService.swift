package import Logging
import NIOPosix
import Subprocess

/// Does Compose operations, one at a time for each stack and four at a time altogether.
package actor ComposeService {
    /// Where the stacks are, and how long an operation may take.
    package struct Settings: Sendable {
        /// Where the stacks are.
        package var stacksFolder = "/data/stacks"
        /// How long one operation may take: images may have to be pulled.
        package var limit = Duration.seconds(1800)
        /// What the programs see of the agent's environment.
        package var environment: [String: String] = [:]
        /// Off where containers to be created are looked at: Compose talks to the engine itself, past the dispatcher.
        package var createsContainers = true

        package init() {}
    }

    /// A line of the program, by the output it came from.
    package enum Heard: Sendable {
        case output(String)
        case errors(String)
    }

    /// To find out which program there is.
    private static let detectionLimit = Duration.seconds(10)
    private static let loginLimit = Duration.seconds(60)

    private let settings: Settings
    /// As in `1.43`; `nil` where it is not known yet.
    private let apiVersion: @Sendable () async -> String?
    private var flavour: ComposeCommand.Flavour?
    /// The stacks that an operation is under way on.
    private var busy: Set<[String]> = []
    /// In the order they came. None of them could begin now.
    private var waiting: [Waiter] = []
    private var lastNumber = 0
    private let logger: Logger?

    package init(
        _ settings: Settings,
        logger: Logger? = nil,
        apiVersion: @escaping @Sendable () async -> String?
    ) {
        self.settings = settings
        self.logger = logger
        self.apiVersion = apiVersion
    }

    private struct Waiter {
        let number: Int
        let stack: [String]
        let continuation: CheckedContinuation<Void, any Error>
    }

    /// Operations that are under way, on all stacks.
    private static let maximumRunning = 4
    /// Operations that wait, for all stacks: each holds the files that came with it.
    private static let maximumWaiting = 16

    /// - Parameter heard: called with what the program says, as it says it.
    /// - Returns: what it said.
    /// - Throws: `ComposeFailure`; what was said until then is in it.
    package func perform(
        _ operation: ComposeOperation,
        heard: @escaping @Sendable (Heard) async -> Void = { _ in }
    ) async throws -> String {
        let (verb, folders) = try ComposeRules.check(operation, stacksFolder: self.settings.stacksFolder)
        if verb == .up, !self.settings.createsContainers {
            throw ComposeFailure("up is not offered with ADMISSION=deny: Compose creates containers past it")
        }
        try await self.enter(folders)
        defer { self.leave(folders) }
        try Task.checkCancellation()
        let program = ComposeProgram(environment: await self.environment, logger: self.logger)
        let flavour = try await self.flavour(program)
        let (path, hasEnvironmentFile) = try await self.prepare(operation, verb, folders)
        if let login = operation.login { try await self.logIn(login, program) }
        let arguments = ComposeCommand.arguments(
            verb,
            operation,
            flavour: flavour,
            folder: path,
            hasEnvironmentFile: hasEnvironmentFile
        )
        let outcome = try await program.run(
            flavour.program,
            arguments,
            in: path,
            limit: self.settings.limit
        ) { text, source in
            switch source {
            case .stdout: await heard(.output(text))
            case .stderr: await heard(.errors(text))
            }
        }
        guard outcome.status.isSuccess else {
            throw ComposeFailure(outcome.status.words, output: outcome.output)
        }
        return outcome.output
    }

    private var environment: [String: String] {
        get async {
            var environment = self.settings.environment
            environment["DOCKER_API_VERSION"] = await self.apiVersion()
            return environment
        }
    }

    // MARK: One at a time

    /// - Throws: `ComposeFailure` where too many wait, `CancellationError` where the task is cancelled while it waits.
    private func enter(_ stack: [String]) async throws {
        if self.mayBegin(stack) {
            self.busy.insert(stack)
            return
        }
        guard self.waiting.count < Self.maximumWaiting else {
            throw ComposeFailure(
                self.busy.contains(stack)
                    ? "stack \"\(stack.joined(separator: "/"))\" is busy; try again later"
                    : "too many Compose operations are under way; try again later"
            )
        }
        self.lastNumber += 1
        let number = self.lastNumber
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                // The handler of a task that was cancelled before has nothing to remove and would not come again.
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                self.waiting.append(Waiter(number: number, stack: stack, continuation: continuation))
            }
        } onCancel: {
            Task { await self.stopWaiting(number) }
        }
    }

    private func mayBegin(_ stack: [String]) -> Bool {
        self.busy.count < Self.maximumRunning && !self.busy.contains(stack)
    }

    private func stopWaiting(_ number: Int) {
        guard let index = self.waiting.firstIndex(where: { $0.number == number }) else { return }
        self.waiting.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    private func leave(_ stack: [String]) {
        self.busy.remove(stack)
        guard let index = self.waiting.firstIndex(where: { self.mayBegin($0.stack) }) else { return }
        let next = self.waiting.remove(at: index)
        self.busy.insert(next.stack)
        next.continuation.resume()
    }

    // MARK: Before the command

    /// Found out once; a host that gets the program later is asked again until there is one.
    private func flavour(_ program: ComposeProgram) async throws -> ComposeCommand.Flavour {
        if let flavour { return flavour }
        for flavour in [ComposeCommand.Flavour.plugin, .standalone] {
            let arguments = flavour.prefix + ["version"]
            let outcome = try? await program.run(flavour.program, arguments, limit: Self.detectionLimit)
            guard outcome?.status.isSuccess == true else { continue }
            self.flavour = flavour
            return flavour
        }
        throw ComposeFailure(
            "there is neither 'docker compose' nor 'docker-compose' on this host; install the docker command with its "
                + "compose plugin, or use the image of the agent that brings them"
        )
    }

    /// Writes the files, on a thread that may wait for the disk.
    private func prepare(
        _ operation: ComposeOperation,
        _ verb: ComposeOperation.Verb,
        _ folders: [String]
    ) async throws -> (path: String, hasEnvironmentFile: Bool) {
        let root = self.settings.stacksFolder
        let brings = !operation.files.isEmpty || !operation.variables.isEmpty
        return try await NIOThreadPool.singleton.runIfActive {
            let folder = try StackFolder(root: root, folders, creates: brings)
            for (path, contents) in operation.files.sorted(by: { $0.key < $1.key }) {
                try folder.write(contents, to: ComposeRules.components(ofFile: path))
            }
            let name = ComposeCommand.environmentFile
            if !operation.variables.isEmpty {
                try folder.write(ComposeCommand.environmentFile(operation.variables), to: [name])
            }
            return (folder.path, folder.hasFile(name))
        }
    }

    private func logIn(_ login: ComposeOperation.RegistryLogin, _ program: ComposeProgram) async throws {
        let outcome = try await program.run(
            "docker",
            ["login", "--username", login.username, "--password-stdin", login.server],
            input: login.password,
            limit: Self.loginLimit
        )
        guard outcome.status.isSuccess else {
            let said = outcome.stderr.split(separator: "\n").joined(separator: " ")
            throw ComposeFailure("registry login: docker login: \(said): \(outcome.status.words)")
        }
    }
}
