import DockerBridge
import Foundation
import NIOCore
import NIOPosix
import Policy
import Support
import Testing

@testable import LocalServer

/// The Compose endpoint in front of a sink, as a tunnel has it, with a shell script in the place of the docker command.
@Suite(.timeLimit(.minutes(1))) struct ComposeEndpointTests {
    /// Puts an answer into lines: its status, type and form, its pieces, its end.
    private final class Recorder: ResponseSink {
        let lines: Mailbox<String>
        var isWritable = true
        private(set) var bodyWasTaken = false

        init(_ lines: Mailbox<String>) {
            self.lines = lines
        }

        func begin(_ head: ResponseHead, form: AnswerForm) {
            self.lines.put("\(head.status) \(head.fields.first("content-type") ?? "") \(form)")
        }

        func write(_ bytes: ByteBuffer) { self.lines.put(String(buffer: bytes)) }
        func finish() { self.lines.put("end") }
        func fail(_ error: BridgeError) { self.lines.put("failed \(error.detail)") }
        func requestBodyWasSent() { self.bodyWasTaken = true }
    }

    private final class Bench: Sendable {
        let folder: String
        let lines = Mailbox<String>()
        let dispatcher: NIOLoopBound<RequestDispatcher>
        let sink: NIOLoopBound<Recorder>
        private let endpoint: ComposeEndpoint
        private let answers: NIOLoopBoundBox<[any OwnAnswer]>

        init(_ folder: String, isOn: Bool, memory: Int, policy: PolicyKeeper?) async throws {
            self.folder = folder
            var settings = ComposeService.Settings()
            settings.stacksFolder = "\(folder)/stacks"
            settings.environment = ["PATH": "\(folder)/bin:/usr/bin:/bin", "FOLDER": folder]
            self.endpoint = ComposeEndpoint(service: isOn ? ComposeService(settings) { nil } : nil, trail: nil)
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let lines = self.lines
            typealias Parts = (
                NIOLoopBound<RequestDispatcher>, NIOLoopBound<Recorder>, NIOLoopBoundBox<[any OwnAnswer]>
            )
            (self.dispatcher, self.sink, self.answers) = try await loop.submit { () -> Parts in
                var limits = RequestDispatcher.Limits()
                limits.memory = memory
                limits.policy = policy
                let client = try EngineClient(address: EngineAddress(.unix(path: "\(folder)/none")), eventLoop: loop)
                return (
                    NIOLoopBound(RequestDispatcher(client: client, limits: limits), eventLoop: loop),
                    NIOLoopBound(Recorder(lines), eventLoop: loop),
                    NIOLoopBoundBox([], eventLoop: loop)
                )
            }.get()
        }

        func ask(_ method: String, _ body: String?, accept: String? = nil, isStreamed: Bool = false) async throws {
            try await self.onLoop { bench in
                var request = BridgeRequest(method: method, target: "/_portwing/compose", asker: .peer(identity: nil))
                request.body = body.map { ByteBuffer(string: $0) }
                if isStreamed { request.streamedBody = .chunked }
                if let accept { request.headers.append(.init("accept", accept)) }
                let answer = bench.endpoint.answer(
                    request,
                    dispatcher: bench.dispatcher.value,
                    to: bench.sink.value
                )
                if let answer { bench.answers.value.append(answer) }
            }
        }

        func cancel() async throws {
            try await self.onLoop { bench in for answer in bench.answers.value { answer.cancel() } }
        }

        func setWritable(_ isWritable: Bool) async throws {
            try await self.onLoop { bench in
                bench.sink.value.isWritable = isWritable
                if isWritable { for answer in bench.answers.value { answer.resume() } }
            }
        }

        func underWay() async throws -> Int { try await self.onLoop { $0.answers.value.count } }
        func used() async throws -> Int { try await self.onLoop { $0.dispatcher.value.memory.used } }

        func onLoop<Value: Sendable>(_ body: @escaping @Sendable (Bench) throws -> Value) async throws -> Value {
            try await self.sink.eventLoop.submit { try body(self) }.get()
        }

        func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(self.folder)/\(name)") }
    }

    private static func run(
        docker: String = "echo well; echo oh >&2",
        isOn: Bool = true,
        memory: Int = MemoryBudget.defaultLimit,
        policy: PolicyKeeper? = nil,
        _ body: (Bench) async throws -> Void
    ) async throws {
        let folder = "/tmp/lookout-compose-endpoint-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: "\(folder)/bin", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let script = "#!/bin/sh\n[ \"$*\" = 'compose version' ] && exit 0\n\(docker)\n"
        try script.write(toFile: "\(folder)/bin/docker", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/bin/docker")
        try await body(Bench(folder, isOn: isOn, memory: memory, policy: policy))
    }

    private static let up = #"{"operation":"up","stackName":"web","files":{"compose.yaml":"x"}}"#

    @Test(arguments: [
        ("/_lookout/compose", true), ("/_portwing/compose", true), ("/_portwing/compose/x", false),
        ("/_portwing/info", false), ("/compose", false),
    ])
    func itHasTwoPaths(path: String, isServed: Bool) {
        #expect(ComposeEndpoint(service: nil, trail: nil).serves(path[...]) == isServed)
    }

    @Test func anOperationIsAnsweredInOnePieceWhenItIsDone() async throws {
        try await Self.run { bench in
            try await bench.ask("POST", Self.up)
            #expect(try await bench.lines.next() == "200 application/json plain")
            #expect(try await bench.lines.next() == #"{"success":true,"output":"well\n\noh\n"}"#)
            #expect(try await bench.lines.next() == "end")
            #expect(try await bench.onLoop { $0.sink.value.bodyWasTaken })
            #expect(try await bench.used() == 0)
        }
    }

    @Test func progressComesLineByLineOnlyWhereItIsAskedFor() async throws {
        try await Self.run(docker: "echo well; exit 3") { bench in
            try await bench.ask("POST", Self.up, accept: "application/x-ndjson")
            #expect(try await bench.lines.next() == "200 application/x-ndjson stream")
            #expect(try await bench.lines.next() == #"{"stream":"stdout","text":"well\n"}"# + "\n")
            #expect(try await bench.lines.next() == #"{"success":false,"error":"exit status 3"}"# + "\n")
            #expect(try await bench.lines.next() == "end")
        }
    }

    @Test(
        arguments: [
            ("GET", Self.up, false, "405", "sent with POST"), ("POST", nil, false, "400", "in the same frame"),
            ("POST", nil, true, "400", "in the same frame"), ("POST", "[]", false, "400", "no JSON object"),
            ("POST", #"{"services":7}"#, false, "400", "services must be a list of texts"),
        ] as [(String, String?, Bool, String, String)]
    )
    func whatIsNoOperationIsRefusedWithTheReason(
        method: String,
        body: String?,
        isStreamed: Bool,
        status: String,
        reason: String
    ) async throws {
        try await Self.run { bench in
            for (accept, form) in [(nil, "plain"), ("application/x-ndjson", "stream")] {
                try await bench.ask(method, body, accept: accept, isStreamed: isStreamed)
                #expect(try await bench.lines.next() == "\(status) application/json \(form)")
                #expect(try await bench.lines.next().contains(reason))
                #expect(try await bench.lines.next() == "end")
            }
        }
    }

    /// The tunnel stands still for what is read on its event loop.
    @Test func aLongOperationIsReadElsewhere() async throws {
        try await Self.run { bench in
            let long = String(repeating: "x", count: 100_000)
            let up = #"{"operation":"up","stackName":"web","files":{"compose.yaml":"\#(long)"}}"#
            try await bench.ask("POST", up)
            #expect(try await bench.lines.next() == "200 application/json plain")
            #expect(try await bench.lines.next() == #"{"success":true,"output":"well\n\noh\n"}"#)
            #expect(try await bench.lines.next() == "end")
            try await bench.ask("POST", "[" + long, accept: "application/x-ndjson")
            #expect(try await bench.underWay() == 2, "nothing was said before it was read")
            #expect(try await bench.lines.next() == "400 application/json stream")
            #expect(try await bench.lines.next().contains("no JSON object"))
            #expect(try await bench.lines.next() == "end")
            #expect(try await bench.used() == 0)
        }
    }

    @Test func aReasonIsNoLongerThanItNeedsToBe() async throws {
        try await Self.run { bench in
            let operation = #"{"operation":"\#(String(repeating: "u", count: 50_000))","stackName":"web"}"#
            for accept in [nil, "application/x-ndjson"] {
                try await bench.ask("POST", operation, accept: accept)
                _ = try await bench.lines.next()
                let result = try await bench.lines.next()
                #expect(result.contains(#""error":"unsupported compose operation: "#), "\(result.prefix(200))")
                #expect(result.utf8.count < 5000)
                #expect(try await bench.lines.next() == "end")
            }
        }
    }

    /// `docker` is not called, and the stack's folder is not made.
    @Test func whatThePolicyDoesNotAllowIsRefusedInTheFormThatWasAskedFor() async throws {
        let keeper = PolicyKeeper(HostPolicy([.update], setting: "POLICY=update"), mode: .enforce, host: "station-3")
        try await Self.run(docker: "touch \"$FOLDER/called\"", policy: keeper) { bench in
            for (accept, form) in [(nil, "plain"), ("application/x-ndjson", "stream")] {
                try await bench.ask("POST", Self.up, accept: accept)
                #expect(try await bench.lines.next() == "403 application/json \(form)")
                #expect(try await bench.lines.next().contains("policy of station-3 denies agent.compose"))
                #expect(try await bench.lines.next() == "end")
            }
            #expect(!bench.exists("called") && !bench.exists("stacks"))
            keeper.replace(with: HostPolicy([.all], setting: "POLICY=all"))
            try await bench.ask("POST", Self.up)
            #expect(try await bench.lines.next() == "200 application/json plain")
            #expect(bench.exists("called"))
        }
    }

    @Test func whereItIsSwitchedOffNothingIsDone() async throws {
        try await Self.run(isOn: false) { bench in
            try await bench.ask("POST", Self.up)
            #expect(try await bench.lines.next() == "404 application/json plain")
            #expect(try await bench.lines.next().contains("set COMPOSE=true"))
            #expect(!bench.exists("stacks"))
        }
    }

    /// The output has no end; a frame has.
    @Test func ofALongOutputTheNewestIsSent() async throws {
        let docker = "head -c 900000 /dev/zero | tr '\\0' '\\001'; echo; echo last"
        try await Self.run(docker: docker, memory: 2 << 20) { bench in
            try await bench.ask("POST", Self.up)
            _ = try await bench.lines.next()
            let body = try await bench.lines.next()
            #expect(body.hasPrefix(#"{"success":true,"output":"[768934 bytes left out]\n\u0001"#))
            #expect(body.hasSuffix(#"\u0001\nlast\n"}"#))
            #expect(body.utf8.count < 1 << 20, "what one answer may take of the budget")
        }
    }

    @Test func theProgramWaitsForAControllerThatDoesNotRead() async throws {
        let docker = "touch $FOLDER/begun; yes | head -c 30000000; touch $FOLDER/done"
        try await Self.run(docker: docker) { bench in
            try await bench.setWritable(false)
            try await bench.ask("POST", Self.up, accept: "application/x-ndjson")
            _ = try await bench.lines.next()
            let first = try await bench.lines.next()
            #expect(first.hasPrefix(#"{"stream":"stdout","text":"y\ny\n"#))
            #expect(!bench.exists("done"))
            // Progress is bounded; what the program says after that is left out, and the operation goes on.
            try await bench.setWritable(true)
            var bytes = first.utf8.count
            var line = first
            while !line.contains("the rest is left out") {
                line = try await bench.lines.next()
                bytes += line.utf8.count
            }
            #expect((15 << 20..<18 << 20).contains(bytes))
            // What went wrong would be at the end.
            let last = try await bench.lines.next()
            #expect(
                last.hasPrefix(#"{"success":true,"output":"["#) && last.hasSuffix(#"y\n"}"# + "\n"),
                "\(last.suffix(99))"
            )
            #expect((60_000..<140_000).contains(last.utf8.count))
            #expect(bench.exists("done"))
        }
    }

    @Test func aCancelledOperationEndsItsProgramAndSaysNothing() async throws {
        let docker = "echo $$ > $FOLDER/pid; touch $FOLDER/begun; exec sleep 600"
        try await Self.run(docker: docker) { bench in
            try await bench.ask("POST", Self.up)
            try await until { bench.exists("begun") }
            #expect(try await bench.used() > 0)
            try await bench.cancel()
            let pid = try String(contentsOfFile: "\(bench.folder)/pid", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            try await until { !FileManager.default.fileExists(atPath: "/proc/\(pid)") }
            // Counted until nothing works on it.
            try await value { try await bench.used() == 0 ? () : nil }
            try await bench.ask("GET", nil)
            #expect(try await bench.lines.next().hasPrefix("405"))
        }
    }
}
