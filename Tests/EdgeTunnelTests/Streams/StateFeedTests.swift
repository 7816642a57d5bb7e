import Drydock
import Logging
import Support
import Synchronization
import Testing

@testable import DockerBridge
@testable import EdgeTunnel

@Suite struct StateFeedTests {
    private static let object = ContainerObject(schema: .open, agentName: "edge-1", sendsEnvironment: false)

    private static func record(_ id: String) -> ContainerRecord {
        ContainerRecord(id: id, name: "n-\(id)", status: .running, imageID: "i", imageName: "app")
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    private struct Bench {
        let lanes: OutboxBench
        let store = InventoryStore()
        let feed: StateFeed
        /// Whether the controller is not invited to update.
        let isReadOnly = Flag()

        init(frameLimit: Int = DrydockFrames.limit) throws {
            self.lanes = try OutboxBench()
            let isReadOnly = self.isReadOnly
            self.feed = StateFeed(
                outbox: self.lanes.outbox,
                store: self.store,
                object: StateFeedTests.object,
                isReadOnly: { isReadOnly.value.load(ordering: .relaxed) },
                frameLimit: frameLimit,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        func learn(_ ids: String..., status: ContainerRecord.Status = .running) {
            for id in ids {
                var record = StateFeedTests.record(id)
                record.status = status
                self.store.update { $0.inspected(record, mark: nil) }
            }
        }

        /// Type and container of each frame that left, such as `added a`.
        func told() throws -> [String] {
            try self.lanes.sent().map { text in
                let type = text.split(separator: "\"")[3].replacing("dd:", with: "").replacing("container_", with: "")
                let ids = text.matches(of: /"name":"n-(\w)"/).map { String($0.1) }
                return ([String(type)] + ids).joined(separator: " ")
            }
        }
    }

    @Test func componentsComeFirstAndContainersWhenTheyAreKnown() throws {
        let bench = try Bench()
        #expect(try bench.told() == ["component_sync"])
        bench.learn("a", "b")
        #expect(try bench.told() == [])
        bench.store.update { $0.completed() }
        #expect(try bench.told() == ["sync a b"])
    }

    /// A controller takes components as a registration of everything, so the containers follow. A sync in its place would remove
    /// those that do not fit the first frame, for a moment.
    @Test func componentsAreToldAgainWhenTheInvitationChanges() throws {
        let bench = try Bench()
        bench.learn("a", "b")
        bench.store.update { $0.completed() }
        #expect(try bench.told() == ["component_sync", "sync a b"])
        bench.store.notify()
        #expect(try bench.told() == [])
        bench.isReadOnly.value.store(true, ordering: .relaxed)
        bench.store.notify()
        #expect(try bench.told() == ["component_sync", "added a", "added b"])
        bench.store.notify()
        #expect(try bench.told() == [])
    }

    /// Before the first sync nothing follows: the sync has everything.
    @Test func componentsThatChangeBeforeTheSyncComeBeforeIt() throws {
        let bench = try Bench()
        bench.learn("a")
        bench.isReadOnly.value.store(true, ordering: .relaxed)
        bench.store.notify()
        bench.store.update { $0.completed() }
        #expect(try bench.told() == ["component_sync", "component_sync", "sync a"])
    }

    @Test func aHostWithoutContainersIsToldToo() throws {
        let bench = try Bench()
        bench.store.update { $0.completed() }
        #expect(try bench.told() == ["component_sync", "sync"])
    }

    @Test func aFeedThatIsStoppedGivesItsPlaceInTheQueueBack() throws {
        let bench = try Bench()
        _ = try bench.told()
        let behind = bench.lanes.outbox.open(.bulk)
        bench.feed.stop()
        #expect(bench.lanes.outbox.open(.bulk) < behind)
    }

    @Test func eachChangeIsOneFrame() throws {
        let bench = try Bench()
        bench.learn("a", "b")
        bench.store.update { $0.completed() }
        _ = try bench.told()
        bench.learn("c")
        bench.learn("a", status: .paused)
        bench.store.update { $0.removed("b") }
        #expect(try bench.told() == ["added c", "updated a", "removed b"])
        bench.learn("a", status: .paused)
        #expect(try bench.told() == [])
    }

    @Test func whileNothingLeavesNothingGathers() throws {
        let bench = try Bench()
        bench.store.update { $0.completed() }
        _ = try bench.told()
        bench.lanes.stop()
        bench.learn("a")
        let waiting = bench.lanes.outbox.waitingBytes
        for _ in 0..<50 {
            bench.learn("b", "c", "d", status: .paused)
            bench.learn("b", "c", status: .stopped)
            bench.store.update { $0.removed("d") }
        }
        #expect(bench.lanes.outbox.waitingBytes < Outbox.streamBudget)
        #expect(bench.lanes.outbox.waitingBytes >= waiting)
        bench.lanes.go()
        let told = try bench.told()
        #expect(told.first == "added a")
        #expect(bench.store.inventory.records.map(\.id) == ["a", "b", "c"])
        #expect(!told.isEmpty)
    }

    @Test func aSyncThatIsTooLongGoesOnAsAdditions() throws {
        let one = try Bench()
        one.learn("a", "b", "c")
        one.store.update { $0.completed() }
        let whole = try #require(try one.lanes.sent().last).utf8.count
        let bench = try Bench(frameLimit: whole - 1)
        bench.learn("a", "b", "c")
        bench.store.update { $0.completed() }
        #expect(try bench.told() == ["component_sync", "sync a b", "added c"])
        bench.store.update { $0.removed("a") }
        #expect(try bench.told() == ["removed a"])
    }

    @Test func aContainerThatFitsNoFrameDoesNotLoseTheOthers() throws {
        let bench = try Bench(frameLimit: 2000)
        var large = Self.record("a")
        large.labels = [ContainerRecord.Pair("long", String(repeating: "x", count: 3000))]
        bench.store.update { $0.inspected(large, mark: nil) }
        bench.learn("b")
        bench.store.update { $0.completed() }
        #expect(try bench.told() == ["component_sync", "sync", "added b"])
    }

    @Test func theLastContainersOfAnEarlierSessionAreRemovedByName() throws {
        let bench = try Bench()
        bench.feed.stop()
        bench.learn("a")
        bench.store.update { $0.completed() }
        bench.store.update { $0.removed("a") }
        _ = try bench.told()
        let feed = StateFeed(
            outbox: bench.lanes.outbox,
            store: bench.store,
            object: Self.object,
            isReadOnly: { false },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        #expect(try bench.told() == ["component_sync", "sync", "removed a"])
        feed.stop()
    }

    @Test func eventsAreToldFromTheWelcomeOn() throws {
        let bench = try Bench()
        bench.store.update { $0.completed() }
        _ = try bench.told()
        let event = EngineEvent(
            action: "die",
            containerID: "a",
            containerName: "n",
            image: "app",
            attributes: [],
            time: 7
        )
        bench.store.append([event, event])
        #expect(try bench.told() == ["event", "event"])
        bench.feed.stop()
        bench.store.append([event])
        #expect(try bench.told() == [])
    }
}
