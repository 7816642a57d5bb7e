import Foundation

/// The docker command line as it is installed, pointed at one socket.
struct Docker {
    let socket: String
    private let bench: Workbench

    init(_ socket: String, on bench: Workbench) {
        (self.socket, self.bench) = (socket, bench)
    }

    func callAsFunction(_ arguments: String..., input: FileHandle = .nullDevice) async throws -> Outcome {
        try await self.run(arguments, input: input)
    }

    func run(_ arguments: [String], input: FileHandle = .nullDevice) async throws -> Outcome {
        try await self.bench.run(
            try Paths.installed("docker"),
            arguments,
            environment: self.environment,
            input: input
        )
    }

    func start(
        _ arguments: String...,
        input: FileHandle = .nullDevice,
        terminal: Terminal? = nil
    ) throws -> Program {
        try self.bench.start(
            try Paths.installed("docker"),
            arguments,
            environment: self.environment,
            input: input,
            terminal: terminal
        )
    }

    // A configuration folder of its own: the user's may name another engine.
    private var environment: [String: String] {
        ["DOCKER_HOST": "unix://\(self.socket)", "DOCKER_CONFIG": self.bench.file("docker"), "TERM": "dumb"]
    }
}

extension Workbench {
    /// The engine past the tunnel: to prepare, to compare and to clean up.
    var direct: Docker { Docker(Engine.shared.socket, on: self) }

    /// A name that no container and no volume has.
    static var unusedName: String { "lookout-e2e-\(UUID().uuidString.prefix(8).lowercased())" }

    /// A container that runs until the test ends, unless its command ends before.
    ///
    /// - Parameter extra: options of `docker run`.
    /// - Returns: its name, unlike any other.
    func container(options extra: [String] = [], _ command: String...) async throws -> String {
        let name = Self.unusedName
        self.atEnd { _ = try? await self.direct("rm", "--force", "--volumes", name) }
        let options = ["run", "--detach", "--name", name, "--network", "none"] + extra
        let outcome = try await self.direct.run(options + [Engine.image] + command)
        guard outcome.status == 0 else {
            throw Missing(
                description: """
                    no container from \(Engine.image) (make the image with \
                    scripts/dev/engine image | docker import - \(Engine.image)): \(outcome.errors)
                    """
            )
        }
        return name
    }

    /// A container that does nothing.
    func sleeper() async throws -> String { try await self.container("tail", "-f", "/dev/null") }
}
