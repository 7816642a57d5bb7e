import DockerBridge
import Foundation
import NIOCore
import Support
import Testing

@testable import LocalServer

/// `POST /_lookout/compose` with a shell script in the place of the docker command.
@Suite(.timeLimit(.minutes(1))) struct ComposeRoutesTests {
    private static func run(
        docker: String,
        limit: Duration,
        _ body: @escaping @Sendable (ListenerBench, String, NIOLoopBound<RequestDispatcher>) async throws -> Void
    ) async throws {
        let folder = "/tmp/lookout-compose-routes-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: "\(folder)/bin", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let script = "#!/bin/sh\n[ \"$*\" = 'compose version' ] && exit 0\n\(docker)\n"
        try script.write(toFile: "\(folder)/bin/docker", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/bin/docker")
        var settings = ComposeService.Settings()
        settings.stacksFolder = "\(folder)/stacks"
        settings.environment = ["PATH": "\(folder)/bin:/usr/bin:/bin", "FOLDER": folder]
        settings.limit = limit
        let service = ComposeService(settings) { nil }
        let dispatchers = Mailbox<NIOLoopBound<RequestDispatcher>>()
        try await ListenerBench.run(
            groups: { dispatcher in
                dispatchers.put(dispatcher)
                return [ComposeRoutes(service: service, trail: nil)]
            },
            answer: { $1.respond(200) },
            { try await body($0, folder, try await dispatchers.next()) }
        )
    }

    private static func request(_ operation: String, file: String = "x", isStreamed: Bool) -> String {
        let body = #"{"operation":"\#(operation)","stackName":"web","files":{"compose.yaml":"\#(file)"}}"#
        let request = ListenerBench.post("/_lookout/compose", body)
        return isStreamed
            ? request.replacing("Host: x\r\n", with: "Host: x\r\nAccept: application/x-ndjson\r\n") : request
    }

    /// The program waits for its client, and is ended at the limit; its stack is free after that.
    @Test func aClientThatStopsReadingDoesNotKeepItsStack() async throws {
        let docker = "case \"$*\" in *' ps'*) echo well; exit;; esac; touch $FOLDER/begun; exec yes"
        try await Self.run(docker: docker, limit: .seconds(3)) { bench, folder, _ in
            let stalled = try await StalledClient(bench.path)
            try await stalled.write(Self.request("up", isStreamed: true))
            try await until { FileManager.default.fileExists(atPath: "\(folder)/begun") }
            // On a busy machine the limit may pass before this one has ended, too.
            let answer = try await value {
                let answer = try await bench.say(Self.request("ps", isStreamed: false))
                return answer.contains("did not end within 3 seconds") ? nil : answer
            }
            #expect(answer.contains(#""success":true"#))
            #expect(answer.contains("well"))
            _ = try await stalled.readAll(upTo: #""success":false"#)
            stalled.close()
        }
    }

    /// An answer that is streamed gives the body up when it begins; the other one has not begun yet.
    @Test(arguments: [true, false])
    func anOperationIsCountedUntilItIsOver(isStreamed: Bool) async throws {
        let docker = "touch $FOLDER/begun; while [ ! -e $FOLDER/go ]; do sleep 0.02; done"
        try await Self.run(docker: docker, limit: .seconds(50)) { bench, folder, dispatcher in
            let used: @Sendable () async throws -> Int = {
                try await dispatcher.eventLoop.submit { dispatcher.value.memory.used }.get()
            }
            let client = try await bench.connect()
            let file = String(repeating: "a", count: 50_000)
            client.write(Self.request("up", file: file, isStreamed: isStreamed))
            try await until { FileManager.default.fileExists(atPath: "\(folder)/begun") }
            #expect((50_000..<60_000).contains(try await used()), "the operation, and not the body beside it")
            #expect(FileManager.default.createFile(atPath: "\(folder)/go", contents: nil))
            #expect(try await client.everything().contains(#""success":true"#))
            #expect(try await used() == 0)
        }
    }
}
