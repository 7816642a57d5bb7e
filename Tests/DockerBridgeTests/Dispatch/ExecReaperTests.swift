import Glibc
import NIOCore
import Support
import Synchronization
import Testing

@testable import DockerBridge

@Suite(.timeLimit(.minutes(1))) struct ExecReaperTests {
    private final class Signals: Sendable {
        let sent = Mutex<[String]>([])

        func processes(isVisible: Bool, mayBeSignalled: Bool = true) -> HostProcesses {
            HostProcesses(
                isVisible: { id, container in isVisible && id == 42 && container == "c0ffee" },
                signal: { id, number in
                    self.sent.withLock { $0.append("\(number) to \(id)") }
                    return mayBeSignalled
                },
                grace: .milliseconds(1)
            )
        }
    }

    /// An engine whose exec is not started yet for some looks, runs for the next and has ended then.
    private static func engine(startsAfter early: Int, runsFor looks: Int) -> FakeEngine.Answer {
        let count = Atomic(0)
        return { request, peer in
            guard request.target == "/v1.44/exec/x1/json" else { return peer.respond(404) }
            let look = count.wrappingAdd(1, ordering: .relaxed).oldValue &- early
            let isRunning = (0..<looks).contains(look)
            let code = look < looks ? "null" : "0"
            peer.respond(
                200,
                #"{"ContainerID":"c0ffee","Running":\#(isRunning),"ExitCode":\#(code),"Pid":\#(isRunning ? 42 : 0)}"#
            )
        }
    }

    private static let warning = "the process of a lost exec session may still run container=web exec=x1 reason="

    /// The line that says how it ended, and the signals sent.
    private static func reap(
        startsAfter early: Int = 0,
        runsFor looks: Int,
        isVisible: Bool,
        mayBeSignalled: Bool = true
    ) async throws -> (line: String, signals: [String]) {
        let signals = Signals()
        let lines = Mailbox<String>()
        let processes = signals.processes(isVisible: isVisible, mayBeSignalled: mayBeSignalled)
        try await EngineBench.run(processes: processes, answer: Self.engine(startsAfter: early, runsFor: looks)) {
            bench in
            try await bench.eventLoop.submit {
                let orphan = ExecReaper.Orphan(engineID: "x1", container: "web")
                bench.dispatcher.value.reaper?.reap(orphan, logger: LogMailbox.logger(lines))
            }.get()
            await EngineAPI(dispatcher: bench.dispatcher).orphansReaped(within: .seconds(60))
        }
        return (try await lines.next(), signals.sent.withLock { $0 })
    }

    @Test func aProcessThatHasEndedIsLeftInPeace() async throws {
        let (line, signals) = try await Self.reap(runsFor: 0, isVisible: true)
        #expect(line == "exec process ended container=web exec=x1")
        #expect(signals == [])
    }

    @Test func aProcessThatEndsWhenItsTerminalClosesIsNotKilled() async throws {
        let (line, signals) = try await Self.reap(runsFor: 1, isVisible: true)
        #expect(line == "exec process ended container=web exec=x1")
        #expect(signals == ["\(SIGHUP) to 42"])
    }

    @Test func aProcessThatTheEngineIsStillStartingIsWaitedFor() async throws {
        let (line, signals) = try await Self.reap(startsAfter: 2, runsFor: 1, isVisible: true)
        #expect(line == "exec process ended container=web exec=x1")
        #expect(signals == ["\(SIGHUP) to 42"])
    }

    @Test func aProcessThatIsNeverStartedIsNotWaitedForForEver() async throws {
        let (line, signals) = try await Self.reap(startsAfter: .max, runsFor: 0, isVisible: true)
        #expect(line == "exec process ended container=web exec=x1")
        #expect(signals == [])
    }

    @Test func aProcessThatDoesNotMindIsKilled() async throws {
        let (line, signals) = try await Self.reap(runsFor: 2, isVisible: true)
        #expect(line == "exec process ended container=web exec=x1")
        #expect(signals == ["\(SIGHUP) to 42", "\(SIGKILL) to 42"])
    }

    @Test func aProcessThatCannotEvenBeKilledIsReported() async throws {
        let (line, signals) = try await Self.reap(runsFor: 9, isVisible: true)
        #expect(line == Self.warning + "it does not end")
        #expect(signals.count == 2)
    }

    @Test func aProcessInAnotherNamespaceIsReportedUnlessItEnds() async throws {
        let (line, signals) = try await Self.reap(runsFor: 9, isVisible: false)
        #expect(line.hasPrefix(Self.warning + "it is not visible from here"))
        #expect(signals == [])
        #expect(try await Self.reap(runsFor: 1, isVisible: false).line == "exec process ended container=web exec=x1")
    }

    @Test func aProcessThatMayNotBeSignalledIsReported() async throws {
        let (line, _) = try await Self.reap(runsFor: 9, isVisible: true, mayBeSignalled: false)
        #expect(line == Self.warning + "the agent may not signal it")
    }

    @Test func anEngineThatDoesNotTellIsReported() async throws {
        let lines = Mailbox<String>()
        try await EngineBench.run(answer: { $1.respond(404) }) { bench in
            try await bench.eventLoop.submit {
                let orphan = ExecReaper.Orphan(engineID: "x1", container: "web")
                bench.dispatcher.value.reaper?.reap(orphan, logger: LogMailbox.logger(lines))
            }.get()
            #expect(try await lines.next() == Self.warning + "the engine does not tell how it is")
        }
    }

    @Test func nothingIsReapedWhereOrphansAreLeft() async throws {
        try await EngineBench.run(orphans: .leave, answer: { $1.respond(404) }) { bench in
            let hasReaper = try await bench.eventLoop.submit { bench.dispatcher.value.reaper != nil }.get()
            #expect(!hasReaper)
            await EngineAPI(dispatcher: bench.dispatcher).orphansReaped(within: .seconds(60))
        }
    }
}
