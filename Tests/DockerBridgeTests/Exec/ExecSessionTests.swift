import DockerBridge
import NIOCore
import Support
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExecSessionTests {
    /// An engine with one container; `start` says what happens once the process is to run.
    private static func engine(
        exitCode: Int? = 0,
        start: @escaping @Sendable (FakeEnginePeer) -> Void
    ) -> FakeEngine.Answer {
        { request, peer in
            switch (request.method, request.target) {
            case ("POST", "/v1.44/containers/web/exec"): peer.respond(201, #"{"Id":"x1"}"#)
            case ("POST", "/v1.44/exec/x1/start"): start(peer)
            case ("GET", "/v1.44/exec/x1/json"):
                peer.respond(200, #"{"ExitCode":\#(exitCode.map(String.init) ?? "null")}"#)
            case ("POST", _) where request.target.hasPrefix("/v1.44/exec/x1/resize?"): peer.respond(200)
            default: peer.respond(404, #"{"message":"No such container: other"}"#)
            }
        }
    }

    private static func spec(tty: Bool = true, size: TerminalSize? = nil, container: String = "web") -> ExecSpec {
        ExecSpec(containerID: container, command: ["sh"], isTTY: tty, size: size)
    }

    @Test func aSessionRunsFromItsCreationToTheExitCode() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine(exitCode: 3) { peers.upgrade($0) }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next() == "ready")
            let peer = try await peers.next()
            try await exec.with { $0.input(ByteBuffer(string: "ls\n")) }
            #expect(try await peer.input.next() == "ls\n")
            peer.write("a b\r\n")
            #expect(try await exec.events.next() == "output a b\r\n")
            peer.close()
            #expect(try await exec.events.next() == "end exited 3")
            #expect(
                bench.engine.requests.map { "\($0.method) \($0.target)" } == [
                    "POST /v1.44/containers/web/exec", "POST /v1.44/exec/x1/start", "GET /v1.44/exec/x1/json",
                ]
            )
            #expect(bench.engine.requests[1].body == #"{"Detach":false,"Tty":true}"#)
            #expect(bench.engine.requests[1].lines.contains("Upgrade: tcp"))
        }
    }

    @Test func outputRightBehindTheUpgradeComesAfterReady() async throws {
        let engine = Self.engine { peer in
            peer.upgrade(then: "early")
            peer.close()
        }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next() == "ready")
            #expect(try await exec.events.next() == "output early")
            #expect(try await exec.events.next() == "end exited 0")
        }
    }

    @Test func outputThatComesBeforeTheFirstSizeIsSetIsKept() async throws {
        let engine = Self.engine { peer in
            peer.upgrade(then: "early")
            peer.close()
        }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(size: TerminalSize(columns: 80, rows: 24)), on: bench)
            #expect(try await exec.events.next() == "ready")
            #expect(try await exec.events.next() == "output early")
            #expect(try await exec.events.next() == "end exited 0")
        }
    }

    @Test func inputThatComesEarlyWaitsAndKeepsItsOrder() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(answer: Self.engine { peers.put($0) }) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            try await exec.with { session in
                for text in ["a", "b", "c"] { session.input(ByteBuffer(string: text)) }
            }
            #expect(try await exec.with { $0.waitingInputBytes } == 3)
            let peer = try await peers.next()
            peer.upgrade()
            #expect(try await exec.events.next() == "ready")
            var received = ""
            while received.count < 3 { received += try await peer.input.next() }
            #expect(received == "abc")
            #expect(try await exec.with { $0.waitingInputBytes } == 0)
        }
    }

    /// More than the socket holds, so the rest waits here until the engine reads on.
    @Test func inputThatTheEngineIsSlowToTakeArrivesWhole() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peer in
            peer.upgrade()
            peer.stopReading()
            peers.put(peer)
        }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next() == "ready")
            let peer = try await peers.next()
            let waiting = try await exec.with { session in
                for _ in 0..<100 { session.input(ByteBuffer(repeating: UInt8(ascii: "x"), count: 10_000)) }
                return session.waitingInputBytes
            }
            #expect(waiting > 0)
            peer.goOnReading()
            var received = 0
            while received < 1_000_000 { received += try await peer.input.next().utf8.count }
            #expect(received == 1_000_000)
            #expect(try await exec.with { $0.waitingInputBytes } == 0)
        }
    }

    @Test func theTerminalGetsItsSizeAndEveryLaterOne() async throws {
        let engine = Self.engine { $0.upgrade() }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(size: TerminalSize(columns: 80, rows: 24)), on: bench)
            #expect(try await exec.events.next() == "ready")
            try await exec.with { $0.resize(TerminalSize(columns: 100, rows: 30)!) }
            // Anything that goes through the engine: by its end the resize has been taken.
            while !bench.engine.requests.contains(where: { $0.target.contains("w=100") }) {
                _ = try await bench.send("GET", "/x")
            }
            let sizes = bench.engine.requests.map(\.target).filter { $0.contains("resize") }
            #expect(sizes == ["/v1.44/exec/x1/resize?h=24&w=80", "/v1.44/exec/x1/resize?h=30&w=100"])
        }
    }

    @Test func withoutATerminalTheTwoOutputsAreToldApartAndSizesIgnored() async throws {
        let engine = Self.engine { peer in
            peer.upgrade(then: "\u{1}\0\0\0\0\0\0\u{3}out\u{2}\0\0\0\0\0\0\u{3}err")
            peer.close()
        }
        try await EngineBench.run(answer: engine) { bench in
            let spec = Self.spec(tty: false, size: TerminalSize(columns: 80, rows: 24))
            let exec = try await ExecProbe.start(spec, on: bench)
            try await exec.with { $0.resize(TerminalSize(columns: 1, rows: 1)!) }
            #expect(try await exec.events.next() == "ready")
            #expect(try await exec.events.next() == "output stdout out")
            #expect(try await exec.events.next() == "output stderr err")
            #expect(try await exec.events.next() == "end exited 0")
            #expect(!bench.engine.requests.contains { $0.target.contains("resize") })
        }
    }

    /// The owner lets go of the sink as soon as it hears of the end; nothing may be said to it afterwards.
    @Test func malformedOutputEndsTheSessionOnce() async throws {
        let engine = Self.engine { $0.upgrade(then: "no header here") }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(tty: false), on: bench)
            #expect(try await exec.events.next() == "ready")
            #expect(try await exec.events.next() == "end error: the engine's output is malformed")
        }
    }

    @Test func aMissingContainerIsExplained() async throws {
        try await EngineBench.run(answer: Self.engine { $0.upgrade() }) { bench in
            let exec = try await ExecProbe.start(Self.spec(container: "other"), on: bench)
            #expect(try await exec.events.next() == "end create exec failed: No such container: other")
        }
    }

    @Test func aProcessThatDoesNotStartIsExplained() async throws {
        let engine = Self.engine { $0.respond(409, #"{"message":"container web is not running"}"#) }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next() == "end start exec failed: container web is not running")
        }
    }

    @Test func anIDThatFitsNoPathIsNotUsed() async throws {
        try await EngineBench.run(answer: { $1.respond(201, #"{"Id":"../x"}"#) }) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next().hasPrefix("end create exec failed: "))
            #expect(bench.engine.requests.count == 1)
        }
    }

    @Test func anUnknownExitCodeIsLeftOut() async throws {
        let engine = Self.engine(exitCode: nil) { peer in
            peer.upgrade()
            peer.close()
        }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next() == "ready")
            #expect(try await exec.events.next() == "end exited")
        }
    }

    @Test func endingASessionHangsUpOnTheEngine() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peers.upgrade($0) }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next() == "ready")
            try await exec.with { $0.end(reason: "shutdown") }
            #expect(try await exec.events.next() == "end shutdown")
            try await peers.next().closed()
        }
    }

    @Test func anAbandonedSessionHangsUpWithoutAWord() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peers.upgrade($0) }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next() == "ready")
            try await exec.with { session in
                session.abandon()
                session.end(reason: "unheard")
            }
            try await peers.next().closed()
            exec.events.put("nothing more")
            #expect(try await exec.events.next() == "nothing more")
        }
    }

    @Test func tooMuchWaitingInputEndsTheSession() async throws {
        try await EngineBench.run(answer: { _, _ in }) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            try await exec.with { $0.input(ByteBuffer(repeating: 7, count: ExecSession.maximumInputBytes)) }
            #expect(try await exec.with { $0.waitingInputBytes } == ExecSession.maximumInputBytes)
            try await exec.with { $0.input(ByteBuffer(string: "x")) }
            #expect(try await exec.events.next() == "end input overflow")
        }
    }

    @Test func aSlowListenerStopsTheOutputUntilItResumes() async throws {
        let total = 8 << 20
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peers.upgrade($0) }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench, isWritable: false)
            #expect(try await exec.events.next() == "ready")
            let peer = try await peers.next()
            peer.write(ByteBuffer(repeating: UInt8(ascii: "x"), count: total))
            for _ in 0..<20 { _ = try await bench.send("GET", "/x") }
            #expect(try await exec.receivedBytes() < 1 << 20)
            #expect(try await peer.unsentBytes() > 1 << 20)
            try await exec.resume()
            peer.closeWhenWritten()
            var last = ""
            while !last.hasPrefix("end") { last = try await exec.events.next() }
            #expect(last == "end exited 0")
            #expect(try await exec.receivedBytes() == total)
        }
    }

    /// Nobody may take a process for one that ended well because its engine was killed.
    @Test func anEndThatTheEngineKnowsNothingOfIsAnError() async throws {
        let engine = Self.engine { peer in
            peer.upgrade(then: "a")
            peer.close()
        }
        let answer: FakeEngine.Answer = { request, peer in
            if request.target.hasSuffix("/exec/x1/json") {
                peer.respond(404, #"{"message":"No such exec instance: x1"}"#)
            } else {
                engine(request, peer)
            }
        }
        try await EngineBench.run(answer: answer) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            #expect(try await exec.events.next() == "ready")
            #expect(try await exec.events.next() == "output a")
            #expect(try await exec.events.next() == "end error: No such exec instance: x1")
        }
    }

    // MARK: Sessions that end before their process

    /// The engine is silent, and so nobody waits for it either.
    @Test func aSessionThatIsAbandonedWhileItIsMadeHangsUpOnTheEngine() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await EngineBench.run(answer: { peers.put($1) }) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench)
            let peer = try await peers.next()
            try await exec.with { $0.abandon() }
            try await peer.closed()
        }
    }

    @Test func aSessionThatIsAbandonedWhileItsTerminalIsSizedHangsUpOnTheEngine() async throws {
        let resizes = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { $0.upgrade() }
        let answer: FakeEngine.Answer = { request, peer in
            if request.target.contains("/resize?") { resizes.put(peer) } else { engine(request, peer) }
        }
        try await EngineBench.run(orphans: .leave, answer: answer) { bench in
            let exec = try await ExecProbe.start(Self.spec(size: TerminalSize(columns: 80, rows: 24)), on: bench)
            let peer = try await resizes.next()
            try await exec.with { $0.abandon() }
            try await peer.closed()
        }
    }

    private static func orphan(tty: Bool, orphans: ExecOrphans) async throws -> (input: String, isAskedFor: Bool) {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peers.upgrade($0) }
        var input = ""
        var isAskedFor = false
        try await EngineBench.run(orphans: orphans, answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(tty: tty), on: bench)
            #expect(try await exec.events.next() == "ready")
            try await exec.with { session in
                session.input(ByteBuffer(string: "x"))
                session.abandon()
            }
            let peer = try await peers.next()
            try await peer.closed()
            await EngineAPI(dispatcher: bench.dispatcher).orphansReaped(within: .seconds(60))
            peer.input.put("|")
            while !input.hasSuffix("|") { input += try await peer.input.next() }
            isAskedFor = bench.engine.requests.contains { $0.target == "/v1.44/exec/x1/json" }
        }
        return (input, isAskedFor)
    }

    @Test func aTerminalIsTypedAnInterruptAndAnEnd() async throws {
        let (input, isAskedFor) = try await Self.orphan(tty: true, orphans: .kill)
        #expect(input == "x\u{3}\u{4}|")
        #expect(isAskedFor)
    }

    @Test func withoutATerminalNothingIsTyped() async throws {
        let (input, isAskedFor) = try await Self.orphan(tty: false, orphans: .kill)
        #expect(input == "x|")
        #expect(isAskedFor)
    }

    @Test func whatIsToBeLeftIsNeitherTypedToNorAskedFor() async throws {
        let (input, isAskedFor) = try await Self.orphan(tty: true, orphans: .leave)
        #expect(input == "x|")
        #expect(!isAskedFor)
    }

    /// The engine has hung up, nobody has read its last words yet, and a key is pressed.
    @Test func inputToAnEngineThatHasHungUpDoesNotCostTheLastOutput() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        let engine = Self.engine { peers.upgrade($0) }
        try await EngineBench.run(answer: engine) { bench in
            let exec = try await ExecProbe.start(Self.spec(), on: bench, isWritable: false)
            #expect(try await exec.events.next() == "ready")
            let peer = try await peers.next()
            try await exec.with { session in
                peer.write(ByteBuffer(repeating: UInt8(ascii: "b"), count: 1000))
                peer.closeWhenWritten()
                peer.waitUntilClosed()
                session.input(ByteBuffer(string: "x"))
                session.input(ByteBuffer(string: "y"))
            }
            try await exec.resume()
            #expect(try await exec.events.next() == "end exited 0")
            #expect(try await exec.receivedBytes() == 1000)
        }
    }
}
