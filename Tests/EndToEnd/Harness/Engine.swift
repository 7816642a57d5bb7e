import Foundation
import Testing

/// The engine that all tests share.
struct Engine: Sendable {
    @TaskLocal static var shared = Engine(socket: "")

    /// What the test containers are made of.
    static let image = "busybox:latest"

    let socket: String
}

/// An engine of the tests' own. It ends with them even if they are killed: its keeper is a session of its own, and
/// stops the engine when the tests' end of a pipe is gone.
struct PrivateEngine {
    /// Which engine scripts/dev/engine starts; of another system where the tests are run on that one's.
    private static let kind = ProcessInfo.processInfo.environment
        .filter { ["ENGINE_SYSTEM", "ENGINE_KIND", "ENGINE_USER"].contains($0.key) }

    let engine: Engine
    private let folder: String
    private let keeper: Program
    private let leash: Pipe

    static func start(in folder: String, on bench: Workbench) async throws -> PrivateEngine {
        let leash = Pipe()
        let script = #""$1" start "$2" && echo started && cat; "$1" stop "$2""#
        let keeper = try bench.start(
            try Paths.installed("setsid"),
            ["sh", "-c", script, "sh", Paths.script("engine"), folder],
            environment: Self.kind,
            input: leash.fileHandleForReading
        )
        let engine = Engine(socket: "\(folder)/docker.sock")
        let started = PrivateEngine(engine: engine, folder: folder, keeper: keeper, leash: leash)
        bench.atEnd { try? await started.stop() }
        try await keeper.line(after: "started")
        return started
    }

    /// The daemon goes and comes back with its containers.
    func restart(on bench: Workbench) async throws {
        let outcome = try await bench.run(
            Paths.script("engine"),
            ["restart", self.folder],
            environment: Self.kind
        )
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    func stop() async throws {
        try? self.leash.fileHandleForWriting.close()
        #expect(try await self.keeper.exit(within: .seconds(60)) == 0)
    }
}

/// Gives a suite an engine: the one in DOCKER_SOCKET, or a private one for as long as the suite runs.
struct EngineTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable () async throws -> Void
    ) async throws {
        if let given = ProcessInfo.processInfo.environment["DOCKER_SOCKET"], !given.isEmpty {
            let engine = Engine(socket: given.hasPrefix("unix://") ? String(given.dropFirst(7)) : given)
            try await Engine.$shared.withValue(engine, operation: body)
            return
        }
        try await Workbench.use { bench in
            let engine = try await PrivateEngine.start(in: bench.file("engine"), on: bench).engine
            try await Engine.$shared.withValue(engine, operation: body)
        }
    }
}

extension Trait where Self == EngineTrait {
    static var engine: Self { EngineTrait() }
}
