import ContainerWatch
import Support
import Synchronization
import Testing

@testable import ContainerChecks

/// Each start is told of once, in whatever way the monitor comes to know of it.
@Suite(.timeLimit(.minutes(2))) struct MonitorTests {
    /// What a monitor said.
    private final class Heard: Sendable {
        let starts = Mailbox<String>()
        let notes = Mailbox<String>()
        let pauses = Mailbox<Duration>()
        /// Another attempt is made whenever one of these comes.
        let attempts = Mailbox<Void>()

        /// Names of containers, from lines of text.
        func take(_ text: String) -> Bool {
            for line in text.split(separator: "\n") where line.contains("privileged-container") {
                let words = line.split(separator: " ")
                self.starts.put(words.count > 1 ? String(words[1]) : "")
            }
            return true
        }
    }

    private static func follow(
        _ engine: StartingEngine,
        fromTheBeginning: Bool = false,
        _ body: @escaping @Sendable (Heard) async throws -> Void
    ) async throws {
        try await WatchBench.run(rules: ["privileged-container"], answer: { engine.answer($0, $1) }) { check in
            let heard = Heard()
            let output = Monitor.Output(
                results: { heard.take($0) },
                notes: { heard.notes.put($0) },
                pause: { pause in
                    heard.pauses.put(pause)
                    try? await heard.attempts.next()
                }
            )
            let monitor = Monitor(
                watch: check,
                report: .text(.none),
                beginsWithThoseThatRun: fromTheBeginning,
                output: output
            )
            let watching = Task { try await monitor.run() }
            do {
                #expect(try await heard.notes.next() == "following the engine")
                try await body(heard)
            } catch {
                watching.cancel()
                throw error
            }
            watching.cancel()
            #expect(try await watching.value)
        }
    }

    private static func names(_ count: Int, of heard: Heard) async throws -> [String] {
        var names: [String] = []
        for _ in 0..<count { names.append(try await heard.starts.next()) }
        return names
    }

    /// As fast as events can come: the 200 of a host that boots, and the last one tells that none came twice.
    @Test func twoHundredStartsAtOnceAreToldOnceEach() async throws {
        let engine = StartingEngine()
        let ids = (0..<200).map { "c\($0)" }
        try await Self.follow(engine) { heard in
            for id in ids { engine.start(id) }
            engine.start("last")
            let told = try await Self.names(201, of: heard)
            #expect(told == ids + ["last"])
        }
    }

    @Test func thoseThatRunAlreadyAreToldOnce() async throws {
        let engine = StartingEngine()
        let ids = (0..<20).map { "c\(10 + $0)" }
        for id in ids { engine.start(id) }
        try await Self.follow(engine, fromTheBeginning: true) { heard in
            engine.start("last")
            let told = try await Self.names(21, of: heard)
            #expect(told == ids + ["last"])
        }
        try await Self.follow(engine) { heard in
            engine.start("new")
            let told = try await Self.names(1, of: heard)
            #expect(told == ["new"])
        }
    }

    /// The engine goes away in the middle, starts more meanwhile, and repeats what it said before.
    @Test(arguments: [false, true])
    func anEngineThatGoesAwayHidesNoStartAndRepeatsNone(tellsOnlySeconds: Bool) async throws {
        let engine = StartingEngine(tellsOnlySeconds: tellsOnlySeconds)
        let ids = (0..<200).map { "c\(100 + $0)" }
        try await Self.follow(engine) { heard in
            for id in ids[..<80] { engine.start(id) }
            var told = try await Self.names(80, of: heard)
            engine.goAway()
            _ = try await heard.pauses.next()
            for id in ids[80..<120] { engine.start(id) }
            engine.comeBack()
            heard.attempts.put(())
            #expect(try await heard.notes.next().hasPrefix("lost the engine"))
            #expect(try await heard.notes.next() == "the engine is back")
            for id in ids[120...] { engine.start(id) }
            engine.start("last")
            told += try await Self.names(121, of: heard)
            #expect(told == ids + ["last"])
        }
    }

    /// Each start of a container that crashes is told, although only the last one can still be looked at.
    @Test func aContainerThatStartsAgainAndAgainIsToldEachTime() async throws {
        let engine = StartingEngine()
        try await Self.follow(engine) { heard in
            engine.start("crash", times: 5)
            engine.start("last")
            let told = try await Self.names(6, of: heard)
            #expect(told == Array(repeating: "crash", count: 5) + ["last"])
        }
    }
}
