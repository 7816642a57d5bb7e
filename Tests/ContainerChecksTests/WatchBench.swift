import ContainerWatch
import DockerBridge
import Foundation
import NIOCore
import NIOPosix
import Support

@testable import ContainerChecks

/// A live audit of a fake engine.
enum WatchBench {
    /// Runs `body` against a fresh engine and takes everything down afterwards.
    ///
    /// - Parameter rules: those that are checked.
    static func run(
        rules: Set<String>,
        answer: @escaping FakeEngine.Answer,
        _ body: (LiveCheck) async throws -> Void
    ) async throws {
        let folder = "/tmp/lookout-watch-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = try await FakeEngine.listening(at: "\(folder)/s", answer: answer)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let address = EngineAddress(.unix(path: engine.socketPath))
        let client = try await eventLoop.submit {
            NIOLoopBound(try EngineClient(address: address, eventLoop: eventLoop), eventLoop: eventLoop)
        }.get()
        let dispatcher = try await eventLoop.submit {
            let dispatcher = RequestDispatcher(client: client.value, limits: RequestDispatcher.Limits())
            return NIOLoopBound(dispatcher, eventLoop: eventLoop)
        }.get()
        var selection = RuleSelection()
        selection.only = rules
        let check = LiveCheck(engine: EngineAPI(dispatcher: dispatcher), check: ContainerCheck(selection)) { _ in }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(check))
        } catch {
            result = .failure(error)
        }
        try await eventLoop.submit { client.value.shutDown() }.get()
        try await engine.stop()
        try await group.shutdownGracefully()
        try result.get()
    }

    /// The path of a request, without the version in front and the query.
    static func path(_ request: FakeEngine.Request) -> String {
        let path = request.target.prefix { $0 != "?" }
        let isVersioned = path.hasPrefix("/v") && path.dropFirst(2).first.map { $0.isNumber } ?? false
        return String(isVersioned ? path.dropFirst().drop { $0 != "/" } : path)
    }

    /// Answers what every engine knows.
    ///
    /// - Returns: whether it was asked for that.
    static func answersVersion(_ request: FakeEngine.Request, _ peer: FakeEnginePeer) -> Bool {
        guard self.path(request) == "/version" else { return false }
        peer.respond(200, #"{"Version":"27.0.3","ApiVersion":"1.46","Arch":"amd64","Os":"linux"}"#)
        return true
    }
}
