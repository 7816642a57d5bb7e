import DockerBridge
import NIOCore
import Support
import Testing

@testable import EdgeTunnel

/// Exec sessions over real connections: one test for every rule of the protocol.
@Suite(.timeLimit(.minutes(1))) struct ExecOnTheWireTests {
    /// An engine whose execs are all `x1`; `start` says what happens once a process is to run.
    private static func engine(start: @escaping @Sendable (FakeEnginePeer) -> Void) -> FakeEngine.Answer {
        { request, peer in
            switch request.target {
            case "/v1.44/containers/web/exec": peer.respond(201, #"{"Id":"x1"}"#)
            case "/v1.44/exec/x1/start": start(peer)
            case "/v1.44/exec/x1/json": peer.respond(200, #"{"ExitCode":3,"Running":false}"#)
            case let target where target.hasPrefix("/v1.44/exec/x1/resize?"): peer.respond(200)
            default: peer.respond(404, #"{"message":"No such container: other"}"#)
            }
        }
    }

    private static let ready = #"{"type":"exec_ready","data":{"execId":"e"}}"#

    private static func output(_ base64: String, stream: String? = nil) -> String {
        let name = stream.map { #","stream":"\#($0)""# } ?? ""
        return #"{"type":"exec_output","data":{"execId":"e"\#(name),"data":"\#(base64)"}}"#
    }

    private static func end(_ reason: String, _ exitCode: Int? = nil, id: String = "e") -> String {
        let code = exitCode.map { #","exitCode":\#($0)"# } ?? ""
        return #"{"type":"exec_end","data":{"execId":"\#(id)","reason":"\#(reason)"\#(code)}}"#
    }

    private static func start(_ bench: WireBench, id: String = "e", container: String = "web", _ members: String = "") {
        bench.send(
            #"{"type":"exec_start","data":{"execId":"\#(id)","containerId":"\#(container)","cmd":["sh"]\#(members)}}"#
        )
    }

    private static func input(_ bench: WireBench, _ base64: String, id: String = "e") {
        bench.send(#"{"type":"exec_input","data":{"execId":"\#(id)","data":"\#(base64)"}}"#)
    }

    @Test func aSessionIsReadyAnswersAndEndsWithItsExitCode() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peers.upgrade($0) }
        try await WireBench.run(answer: engine) { bench in
            Self.start(bench, #","user":"me","cols":100,"rows":30"#)
            try await bench.says(Self.ready)
            let peer = try await peers.next()
            Self.input(bench, "bHMK")
            #expect(try await peer.input.next() == "ls\n")
            peer.write("a\n")
            try await bench.says(Self.output("YQo="))
            peer.close()
            try await bench.says(Self.end("exited", 3))
            let requests = bench.engine.requests
            #expect(
                requests[0].body
                    == #"{"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Tty":true,"Cmd":["sh"],"User":"me"}"#
            )
            #expect(requests[1].body == #"{"Detach":false,"Tty":true}"#)
            #expect(requests[2].target == "/v1.44/exec/x1/resize?h=30&w=100")
        }
    }

    /// More than the sockets between here and there can hold, so the output must stop for a while.
    @Test func outputThatHadToWaitGoesOnWhenTheControllerReadsAgain() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let total = 16 << 20
        try await WireBench.run(answer: Self.engine { peers.upgrade($0) }) { bench in
            Self.start(bench)
            try await bench.says(Self.ready)
            let peer = try await peers.next()
            try await bench.setReading(false)
            peer.write(ByteBuffer(repeating: UInt8(ascii: "x"), count: total))
            peer.closeWhenWritten()
            while try await bench.onLoop({ handler, _ in handler.report().queuedBytes }) < Outbox.streamBudget {}
            try await bench.setReading(true)
            var received = 0
            let start = #"{"type":"exec_output","data":{"execId":"e","data":""#
            while true {
                let frame = try await bench.next()
                guard frame.hasPrefix(start) else {
                    #expect(frame == Self.end("exited", 3))
                    break
                }
                let text = frame.dropFirst(start.count).dropLast(3)
                received += text.utf8.count / 4 * 3 - text.suffix(2).count { $0 == "=" }
            }
            #expect(received == total)
        }
    }

    @Test func inputAndSizesThatComeEarlyAreReplayedInOrder() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await WireBench.run(answer: Self.engine { peers.put($0) }) { bench in
            Self.start(bench, #","cols":80,"rows":24"#)
            for text in ["YQ==", "Yg==", "Yw=="] { Self.input(bench, text) }
            bench.send(#"{"type":"exec_resize","data":{"execId":"e","cols":90,"rows":25}}"#)
            try await bench.isAnswered()
            let peer = try await peers.next()
            peer.upgrade()
            try await bench.says(Self.ready)
            var received = ""
            while received.count < 3 { received += try await peer.input.next() }
            #expect(received == "abc")
            let sizes = bench.engine.requests.map(\.target).filter { $0.contains("resize") }
            #expect(sizes == ["/v1.44/exec/x1/resize?h=25&w=90"])
        }
    }

    @Test func withoutATerminalTheOutputsAreToldApart() async throws {
        let engine = Self.engine { peer in
            peer.upgrade(then: "\u{1}\0\0\0\0\0\0\u{1}o\u{2}\0\0\0\0\0\0\u{1}e")
            peer.closeWhenWritten()
        }
        try await WireBench.run(answer: engine) { bench in
            Self.start(bench, #","tty":false"#)
            try await bench.says(Self.ready)
            try await bench.says(Self.output("bw==", stream: "stdout"))
            try await bench.says(Self.output("ZQ==", stream: "stderr"))
            try await bench.says(Self.end("exited", 3))
        }
    }

    @Test func aSessionThatCannotBeCreatedOrStartedSaysWhy() async throws {
        let engine = Self.engine { $0.respond(409, #"{"message":"Container web is paused"}"#) }
        try await WireBench.run(answer: engine) { bench in
            Self.start(bench, container: "other")
            try await bench.says(Self.end("create exec failed: No such container: other"))
            Self.start(bench)
            try await bench.says(Self.end("start exec failed: Container web is paused"))
        }
    }

    @Test func theSessionAfterOneHundredIsRefused() async throws {
        try await WireBench.run(answer: { _, _ in }) { bench in
            for number in 0..<100 { Self.start(bench, id: "\(number)") }
            Self.start(bench)
            try await bench.says(Self.end("session limit reached"))
        }
    }

    @Test func theSessionAfterThoseOfTheSettingIsRefused() async throws {
        var settings = WireBench.Settings()
        settings.limits.execs = 3
        try await WireBench.run(settings, answer: { _, _ in }) { bench in
            for number in 0..<3 { Self.start(bench, id: "\(number)") }
            Self.start(bench)
            try await bench.says(Self.end("session limit reached"))
        }
    }

    @Test func aSessionThatTheControllerEndsIsNotAnswered() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peers.upgrade($0) }
        try await WireBench.run(answer: engine) { bench in
            Self.start(bench)
            try await bench.says(Self.ready)
            bench.send(#"{"type":"exec_end","data":{"execId":"e","reason":"closed"}}"#)
            try await peers.next().closed()
            // A controller echoes our own end, and may write to a session that is just over.
            bench.send(#"{"type":"exec_end","data":{"execId":"e"}}"#)
            Self.input(bench, "YQ==")
            bench.send(#"{"type":"exec_resize","data":{"execId":"e","cols":90,"rows":25}}"#)
            try await bench.isAnswered()
        }
    }

    @Test func aSecondStartUnderALiveIDIsDropped() async throws {
        let engine = Self.engine { $0.upgrade() }
        try await WireBench.run(answer: engine) { bench in
            Self.start(bench)
            try await bench.says(Self.ready)
            Self.start(bench)
            try await bench.isAnswered()
            #expect(bench.engine.requests.count { $0.target == "/v1.44/containers/web/exec" } == 1)
        }
    }

    @Test func losingTheControllerHangsUpOnEveryProcess() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peers.upgrade($0) }
        try await WireBench.run(answer: engine) { bench in
            Self.start(bench)
            try await bench.says(Self.ready)
            let peer = try await peers.next()
            try await bench.hangUp()
            try await peer.closed()
            #expect(try await peer.input.next() == "\u{3}\u{4}")
        }
    }

    /// A process that never reads, whose session is full for as long as the test likes.
    private static func full(
        memory: Int = MemoryBudget.defaultLimit,
        _ body: (WireBench) async throws -> Void
    ) async throws {
        var settings = WireBench.Settings()
        settings.limits.inputPatience = .hours(1)
        settings.limits.inputPause = .milliseconds(1)
        settings.engine.memory = memory
        let answer: FakeEngine.Answer = { request, peer in
            if request.target == "/v1.44/info" { return peer.respond(200, "{}") }
            Self.engine {
                $0.upgrade()
                $0.stopReading()
            }(request, peer)
        }
        try await WireBench.run(settings, answer: answer, body)
    }

    @Test func whileOneSessionIsFullTheOthersAreServed() async throws {
        try await Self.full { bench in
            Self.start(bench)
            try await bench.says(Self.ready)
            for _ in 0..<4 { Self.input(bench, String(repeating: "A", count: 1 << 20)) }
            for _ in 0..<20 {
                bench.request("r", "/info")
                try await bench.says(containing: #""requestId":"r","statusCode":200"#)
            }
            let used = try await bench.onLoop { $1.memory.used }
            #expect(used >= InputGate.fullBytes)
            #expect(used <= ExecSession.maximumInputBytes)
        }
    }

    @Test func moreInputThanASessionMayHoldEndsItAtOnce() async throws {
        try await Self.full { bench in
            Self.start(bench)
            try await bench.says(Self.ready)
            for _ in 0..<8 { Self.input(bench, String(repeating: "A", count: 1 << 20)) }
            try await bench.says(Self.end("input overflow"))
            try await bench.isAnswered()
            #expect(try await bench.onLoop { $1.memory.used } == 0)
        }
    }

    @Test func whenMemoryIsShortTheFullestSessionGivesWay() async throws {
        // Half of it is everybody's.
        try await Self.full(memory: 8 << 20) { bench in
            for id in ["a", "b", "c"] {
                Self.start(bench, id: id)
                try await bench.says(containing: #""execId":"\#(id)""#)
            }
            Self.input(bench, String(repeating: "A", count: 1 << 20), id: "a")
            Self.input(bench, String(repeating: "A", count: 2 << 20), id: "b")
            Self.input(bench, String(repeating: "A", count: 1 << 20), id: "b")
            Self.input(bench, String(repeating: "A", count: 2 << 20), id: "c")
            try await bench.says(Self.end("input overflow", id: "b"))
            try await bench.isAnswered()
            #expect(try await bench.onLoop { $1.memory.used } <= 4 << 20)
        }
    }

    /// The process never reads. Its session fills up, the tunnel pauses, and only that session pays for it.
    @Test func inputThatNobodyTakesEndsItsSessionAndNotTheTunnel() async throws {
        var settings = WireBench.Settings()
        settings.limits.inputPatience = .milliseconds(50)
        let engine = Self.engine { peer in
            peer.upgrade()
            peer.stopReading()
        }
        try await WireBench.run(settings, answer: engine) { bench in
            Self.start(bench)
            try await bench.says(Self.ready)
            let text = String(repeating: "A", count: 1 << 20)
            for _ in 0..<4 { Self.input(bench, text) }
            try await bench.says(Self.end("input overflow"))
            try await bench.isAnswered()
            #expect(try await bench.onLoop { $1.memory.used } == 0)
        }
    }
}
