import Foundation
import Support
import Testing

/// `scripts/dev/engine` as far as it can be asked without starting an engine; the end-to-end tests start one.
@Suite struct EngineScriptTests {
    @Test func describesAnEngineByItsSocketInTheGivenFolder() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "an engine").path
        let answer = try await Self.engine("env", folder)
        #expect(answer.output == Self.lines(socket: "\(folder)/docker.sock"))
        #expect(answer.status == 0)
    }

    @Test func aGivenEngineIsUsedAndNothingStarted() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        let start = try await Self.engine("start", folder, socket: "/run/given.sock")
        #expect(start.status == 0)
        #expect(start.output.contains("/run/given.sock"))
        #expect(
            try await Self.engine("env", folder, socket: "/run/given.sock").output
                == Self.lines(socket: "/run/given.sock")
        )
        #expect(try await Self.engine("stop", folder, socket: "/run/given.sock").status == 0)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test func aGivenEngineMayBeSpelledAsAnAddress() async throws {
        #expect(
            try await Self.engine("env", socket: "unix:///run/given.sock").output
                == Self.lines(socket: "/run/given.sock")
        )
    }

    @Test func stoppingWhatNeverRanIsFine() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        let answer = try await Self.engine("stop", folder)
        #expect(answer == Answer(status: 0, output: ""))
    }

    @Test(arguments: [[], ["reload"], ["start", "one", "two"]])
    func aWrongCallIsRefused(_ arguments: [String]) async throws {
        let answer = try await Self.engine(arguments)
        #expect(answer.status == 1)
        #expect(answer.output == "")
    }

    private struct Answer: Equatable {
        let status: Int32
        let output: String
    }

    private static func lines(socket: String) -> String {
        "export DOCKER_SOCKET='\(socket)'\nexport DOCKER_HOST='unix://\(socket)'\n"
    }

    private static func engine(_ arguments: String..., socket: String? = nil) async throws -> Answer {
        try await self.engine(arguments, socket: socket)
    }

    private static func engine(_ arguments: [String], socket: String? = nil) async throws -> Answer {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("DOCKER_") }
        environment["DOCKER_SOCKET"] = socket
        let script = SourceTree.root.appending(path: "scripts/dev/engine")
        let end = try await runProgram(script, arguments, environment: environment)
        return Answer(status: end.status, output: end.text)
    }
}
