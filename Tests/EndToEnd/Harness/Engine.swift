import Foundation
import Testing

/// The engine that all tests share.
struct Engine: Sendable {
    @TaskLocal static var shared = Engine(socket: "")

    /// What the test containers are made of.
    static let image = "busybox:latest"

    let socket: String

    /// A private engine in `folder`. The script also finds one that runs there, and leaves it alone.
    static func start(in folder: String, on bench: Workbench) async throws -> Engine {
        let started = try await bench.run(Paths.script("engine"), ["start", folder])
        guard started.status == 0 else { throw Missing(description: "no engine: \(started.errors)") }
        return Engine(socket: "\(folder)/docker.sock")
    }

    static func stop(in folder: String, on bench: Workbench) async throws {
        let stopped = try await bench.run(Paths.script("engine"), ["stop", folder])
        #expect(stopped.status == 0, "\(stopped.errors)")
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
            let folder = bench.file("engine")
            bench.atEnd { try? await Engine.stop(in: folder, on: bench) }
            let engine = try await Engine.start(in: folder, on: bench)
            try await Engine.$shared.withValue(engine, operation: body)
        }
    }
}

extension Trait where Self == EngineTrait {
    static var engine: Self { EngineTrait() }
}
