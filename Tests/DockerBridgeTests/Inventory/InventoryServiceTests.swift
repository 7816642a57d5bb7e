import Logging
import NIOCore
import Support
import Testing

@testable import DockerBridge

@Suite(.timeLimit(.minutes(1))) struct InventoryServiceTests {
    private struct Bench {
        let engine: ModelEngine
        let service: InventoryService
        let lines: Mailbox<String>
        let changes: Mailbox<Void>

        /// Waits until the inventory is `words`: ids with the first letter of their status, as in `a:r b:s`.
        func becomes(_ words: String) async throws {
            while try await self.words() != words { try await self.changes.next() }
        }

        func words() async throws -> String {
            try await self.service.store.eventLoop.submit {
                let inventory = self.service.store.value.inventory
                guard inventory.isComplete else { return "unknown" }
                return inventory.records.map { "\($0.id):\($0.status.rawValue.prefix(1))" }.joined(separator: " ")
            }.get()
        }

        func poll(every interval: TimeAmount) async throws {
            try await self.service.store.eventLoop.submit { self.service.setPollInterval(interval) }.get()
        }

        /// Waits until the engine was asked for its list `count` times more.
        func isPolled(_ count: Int) async throws {
            let before = self.engine.lists
            try await until { self.engine.lists >= before + count }
        }
    }

    /// Runs `body` beside a service that polls once an hour.
    private static func run(
        inventory: Inventory = Inventory(),
        directory: ContainerDirectory? = nil,
        _ prepare: (ModelEngine) -> Void,
        _ body: (Bench) async throws -> Void
    ) async throws {
        let engine = ModelEngine()
        prepare(engine)
        try await EngineBench.run(answer: { engine.answer($0, $1) }) { bench in
            let lines = Mailbox<String>()
            let changes = Mailbox<Void>()
            let dispatcher = bench.dispatcher
            let service = try await bench.eventLoop.submit {
                let service = InventoryService(
                    dispatcher: dispatcher.value,
                    pollInterval: .hours(1),
                    inventory: inventory,
                    directory: directory,
                    logger: LogMailbox.logger(lines)
                )
                _ = service.store.value.follow { changes.put(()) }
                return service
            }.get()
            let running = Task { await service.run() }
            let result: Result<Void, any Error>
            do {
                let inner = Bench(engine: engine, service: service, lines: lines, changes: changes)
                result = .success(try await body(inner))
            } catch {
                result = .failure(error)
            }
            running.cancel()
            await running.value
            try result.get()
        }
    }

    @Test func allContainersAreListedAndInspected() async throws {
        try await Self.run {
            $0.set("a", "running")
            $0.set("b", "exited")
        } _: { bench in
            try await bench.becomes("a:r b:s")
            #expect(bench.engine.takeInspected() == ["a", "b"])
            let record = try await bench.service.store.eventLoop.submit {
                bench.service.store.value.inventory.records[0]
            }.get()
            // The image cannot be asked about, so the engine's own machine is the best guess.
            #expect(record.image.architecture == "arm64")
        }
    }

    /// By name, id, and what an event says of it.
    @Test func theDirectoryKnowsWhatTheInventoryKnows() async throws {
        let directory = ContainerDirectory()
        func id(_ name: String) -> String? { directory.find(name, now: .now())?.id }
        try await Self.run(directory: directory) {
            $0.set("a", "running")
            $0.set("b", "exited")
        } _: { bench in
            try await until { id("n-a") == "a" && id("b") == "b" }
            // Gone before the inspect that follows; and back with it.
            _ = bench.engine.takeInspected()
            bench.engine.tell("rename", "a", time: 1)
            try await until { bench.engine.takeInspected().contains("a") }
            try await until { id("n-a") == "a" }
            bench.engine.set("b", nil)
            bench.engine.tell("destroy", "b", time: 2)
            try await until { id("b") == nil }
            #expect(id("a") == "a")
            bench.engine.breakInspect("a", 500)
            bench.engine.tell("rename", "a", time: 3)
            try await until { id("a") == nil }
        }
    }

    @Test func theDirectorySaysNothingWithoutEvents() async throws {
        let directory = ContainerDirectory()
        try await Self.run(directory: directory) {
            $0.refuseEvents(403)
            $0.set("a", "running")
        } _: { bench in
            try await bench.becomes("a:r")
            try await bench.poll(every: .milliseconds(50))
            try await bench.isPolled(2)
            #expect(directory.find("a", now: .now()) == nil)
        }
    }

    @Test func theDirectoryIsEmptiedWhenTheStreamEnds() async throws {
        let directory = ContainerDirectory()
        try await Self.run(directory: directory) {
            $0.set("a", "running")
        } _: { bench in
            try await until { directory.find("a", now: .now()) != nil }
            bench.engine.breakInspect("a", 500)
            bench.engine.cutStream()
            try await until { directory.find("a", now: .now()) == nil }
            bench.engine.breakInspect("a", nil)
            try await until { directory.find("a", now: .now()) != nil }
        }
    }

    @Test func aContainerWhoseRecordFindsNoRoomIsLeftOutAndTheLogSaysSo() async throws {
        let room = ContainerRecord(id: "a", name: "a", status: .running, imageID: "", imageName: "").heldBytes * 3 / 2
        try await Self.run(inventory: Inventory(maximumBytes: room)) {
            $0.set("a", "running")
            $0.set("b", "running")
        } _: { bench in
            while try await bench.words() == "unknown" { try await bench.changes.next() }
            #expect(try await bench.words().split(separator: " ").count == 1)
            var line = try await bench.lines.next()
            while !line.contains("containers are left out of the inventory") { line = try await bench.lines.next() }
            #expect(line.contains("limit"))
        }
    }

    @Test func anEventIsFollowedByAnInspectOfThatContainerOnly() async throws {
        try await Self.run {
            $0.set("a", "running")
            $0.set("b", "running")
        } _: { bench in
            try await bench.becomes("a:r b:r")
            _ = bench.engine.takeInspected()
            bench.engine.set("b", "exited")
            bench.engine.tell("die", "b", time: 7)
            bench.engine.tell("stop", "b", time: 8)
            try await bench.becomes("a:r b:s")
            #expect(bench.engine.takeInspected() == ["b"])
            bench.engine.set("a", nil)
            bench.engine.tell("destroy", "a", time: 9)
            try await bench.becomes("b:s")
            #expect(bench.engine.takeInspected() == [])
        }
    }

    @Test func anIdlePollInspectsNothing() async throws {
        try await Self.run {
            $0.set("a", "running")
            $0.set("b", "running")
        } _: { bench in
            try await bench.becomes("a:r b:r")
            _ = bench.engine.takeInspected()
            try await bench.poll(every: .milliseconds(10))
            try await bench.isPolled(3)
            #expect(bench.engine.takeInspected() == [])
            bench.engine.set("b", "exited")
            try await bench.becomes("a:r b:s")
            #expect(bench.engine.takeInspected() == ["b"])
        }
    }

    @Test func aStreamThatBreaksGoesOnWhereItWas() async throws {
        try await Self.run {
            $0.set("a", "running")
        } _: { bench in
            try await bench.becomes("a:r")
            bench.engine.tell("start", "a", time: 1_795_766_400_000_000_005)
            try await until { bench.engine.takeInspected() == ["a"] }
            bench.engine.set("b", "exited")
            bench.engine.cutStream()
            try await bench.becomes("a:r b:s")
            let targets = bench.engine.eventTargets
            #expect(targets.count == 2)
            #expect(targets.first?.contains("since") == false)
            #expect(targets.last?.hasSuffix("&since=1795766400.000000005") == true)
        }
    }

    @Test func anEngineThatKeepsItsEventsIsPolled() async throws {
        try await Self.run {
            $0.set("a", "running")
            $0.refuseEvents(403)
        } _: { bench in
            try await bench.becomes("a:r")
            let line = try await bench.lines.next()
            #expect(line == "the engine refuses /events: changes are seen with the next poll only status=403")
            try await bench.poll(every: .milliseconds(10))
            bench.engine.set("a", "exited")
            try await bench.becomes("a:s")
            #expect(bench.engine.eventTargets.count == 1)
        }
    }

    /// Dead, or being removed: the engine has a name and a state for it, and no document.
    @Test func aContainerWhoseInspectFailsIsToldAsTheListHasIt() async throws {
        try await Self.run {
            $0.set("a", "running")
            $0.set("d", "dead")
            $0.breakInspect("d", 500)
        } _: { bench in
            try await bench.becomes("a:r d:d")
            let line = try await bench.lines.next()
            #expect(
                line == "the engine does not describe a container; what its list says is told container=d status=500"
            )
            bench.engine.breakInspect("a", 500)
            bench.engine.set("a", "exited")
            bench.engine.tell("die", "a", time: 7)
            try await bench.becomes("a:s d:d")
        }
    }

    @Test func aContainerThatTheEngineTellsNothingOfStaysAsItWas() async throws {
        try await Self.run {
            $0.set("a", "running")
            $0.refuseFilters(500)
        } _: { bench in
            try await bench.becomes("a:r")
            bench.engine.breakInspect("a", 500)
            bench.engine.set("a", "exited")
            bench.engine.tell("die", "a", time: 7)
            try await bench.poll(every: .milliseconds(10))
            try await bench.isPolled(2)
            #expect(try await bench.words() == "a:r")
            bench.engine.breakInspect("a", nil)
            try await bench.becomes("a:s")
        }
    }

    @Test func oneThatCannotBeReadIsLeftOutWithOneWarning() async throws {
        try await Self.run {
            $0.set("a", "running")
            $0.set("odd", "running")
            $0.breakInspect("odd", 0)
        } _: { bench in
            try await bench.becomes("a:r")
            let line = try await bench.lines.next()
            #expect(line.hasPrefix("a container is left out of the inventory container=odd reason="))
            _ = bench.engine.takeInspected()
            try await bench.poll(every: .milliseconds(10))
            try await bench.isPolled(3)
            #expect(bench.engine.takeInspected() == [])
        }
    }

    @Test func theLogSaysWhyTheEngineCannotBeFollowed() async throws {
        try await EngineBench.run(answer: { $1.respond(503) }) { bench in
            let lines = Mailbox<String>()
            let dispatcher = bench.dispatcher
            let service = try await bench.eventLoop.submit {
                InventoryService(
                    dispatcher: dispatcher.value,
                    pollInterval: .hours(1),
                    logger: LogMailbox.logger(lines)
                )
            }.get()
            let running = Task { await service.run() }
            let line = try await lines.next()
            running.cancel()
            await running.value
            #expect(line == "the engine cannot be followed, trying again reason=the engine answers 503 to /version")
        }
    }
}
