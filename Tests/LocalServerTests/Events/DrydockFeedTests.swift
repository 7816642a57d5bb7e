import Drydock
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import DockerBridge
@testable import LocalServer

@Suite struct DrydockFeedTests {
    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    private final class Bench {
        /// Whether the controller is not invited to update.
        let isReadOnly = Flag()
        let store = InventoryStore()
        let feed: DrydockFeed
        private(set) var batches: [EventBatch] = []

        init() {
            self.feed = DrydockFeed(
                store: self.store,
                object: ContainerObject(schema: .drydock1_5_0, agentName: "a", sendsEnvironment: false),
                facts: AgentFacts(
                    version: "1.2.3",
                    startedAt: .now,
                    architecture: "amd64",
                    processors: 2,
                    memory: 3 << 29,
                    logLevel: "info",
                    pollIntervalSeconds: 300,
                    now: { 0 }
                ),
                isReadOnly: { [isReadOnly = self.isReadOnly] in isReadOnly.value.load(ordering: .relaxed) }
            )
            self.feed.start { self.batches.append($0) }
        }

        func update(_ body: (inout Inventory) -> Void) { self.store.update(body) }

        /// Types of the frames that came since the last time, and their data.
        func told() throws -> [(type: String, data: [String: Any])] {
            defer { self.batches.removeAll() }
            return try self.batches.flatMap(\.frames).map(Self.read)
        }

        static func read(_ frame: ByteBuffer) throws -> (type: String, data: [String: Any]) {
            let text = String(buffer: frame)
            #expect(text.hasPrefix("data: {") && text.hasSuffix("}\n\n"))
            #expect(!text.dropLast(2).contains("\n"))
            let json = try JSONSerialization.jsonObject(with: Data(text.dropFirst(6).utf8)) as? [String: Any]
            return (json?["type"] as? String ?? "", json?["data"] as? [String: Any] ?? [:])
        }
    }

    private static func record(
        _ id: String,
        _ status: ContainerRecord.Status = .running
    ) -> ContainerRecord {
        ContainerRecord(id: id, name: "n-\(id)", status: status, imageID: "i-\(id)", imageName: "app")
    }

    @Test func subscribersShareOneSnapshotUntilSomethingChanges() throws {
        let bench = Bench()
        bench.update { inventory in
            inventory.inspected(Self.record("a"), mark: nil)
            inventory.completed()
        }
        func snapshot() throws -> ByteBuffer { try #require(bench.feed.frames(after: nil).frames.last) }
        func place(_ frame: ByteBuffer) -> UnsafeRawPointer? { frame.withUnsafeReadableBytes { $0.baseAddress } }
        let first = try snapshot()
        #expect(place(try snapshot()) == place(first))
        bench.update { $0.inspected(Self.record("a", .stopped), mark: nil) }
        let second = try snapshot()
        #expect(second != first)
        #expect(try Bench.read(second).type == "dd:watcher-snapshot")
    }

    @Test func theSnapshotIsToldAgainWhenTheInvitationChanges() throws {
        let bench = Bench()
        bench.update { $0.completed() }
        #expect(try bench.told().map(\.type) == ["dd:watcher-snapshot"])
        bench.store.notify()
        #expect(try bench.told().isEmpty)
        bench.isReadOnly.value.store(true, ordering: .relaxed)
        // One who comes first hears what holds, and takes the news from nobody.
        let greeting = try bench.feed.frames(after: nil).frames.map(Bench.read)
        bench.store.notify()
        let told = try bench.told()
        #expect(told.map(\.type) == ["dd:watcher-snapshot"])
        for snapshot in [greeting.last, told.first] {
            let watcher = snapshot?.data["watcher"] as? [String: Any]
            #expect((watcher?["configuration"] as? [String: Any])?["transport"] == nil)
        }
        bench.store.notify()
        #expect(try bench.told().isEmpty)
    }

    @Test func whoComesFirstHearsWhoWeAreAndEverything() throws {
        let bench = Bench()
        bench.update { inventory in
            inventory.inspected(Self.record("a"), mark: nil)
            inventory.inspected(Self.record("b", .stopped), mark: nil)
            inventory.completed()
        }
        let greeting = try bench.feed.frames(after: nil).frames.map(Bench.read)
        #expect(greeting.map(\.type) == ["dd:ack", "dd:watcher-snapshot"])
        let ack = greeting[0].data
        #expect(ack["memoryGb"] as? Double == 1.5)
        #expect(ack["lastSeen"] as? String == "1970-01-01T00:00:00Z")
        #expect(ack["containers"] as? [String: Int] == ["total": 2, "running": 1, "stopped": 1])
        #expect(ack["images"] as? Int == 2)
        #expect((greeting[1].data["containers"] as? [Any])?.count == 2)
        #expect((greeting[1].data["watcher"] as? [String: Any])?["name"] as? String == "docker")
    }

    /// A controller deletes what a snapshot lacks, so half an inventory must not be one.
    @Test func beforeTheFirstInventoryThereIsNoSnapshot() throws {
        let bench = Bench()
        bench.update { $0.inspected(Self.record("a"), mark: nil) }
        #expect(try bench.feed.frames(after: nil).frames.map(Bench.read).map(\.type) == ["dd:ack"])
        #expect(bench.batches.isEmpty)
    }

    @Test func changesComeInTheOrderThatTheContractNames() throws {
        let bench = Bench()
        bench.update { inventory in
            inventory.inspected(Self.record("a"), mark: nil)
            inventory.inspected(Self.record("b"), mark: nil)
            inventory.completed()
        }
        #expect(try bench.told().map(\.type) == ["dd:watcher-snapshot"])
        bench.update { inventory in
            inventory.removed("a")
            inventory.inspected(Self.record("b", .paused), mark: nil)
            inventory.inspected(Self.record("c"), mark: nil)
        }
        let told = try bench.told()
        #expect(told.map(\.type) == ["dd:container-added", "dd:container-updated", "dd:container-removed"])
        #expect(told.map { $0.data["id"] as? String } == ["c", "b", "a"])
        #expect(told[1].data["status"] as? String == "paused")
        #expect(told[2].data as? [String: String] == ["id": "a", "name": "n-a"])
    }

    @Test func everyPollEndsWithASnapshotEvenWithoutChanges() throws {
        let bench = Bench()
        bench.update { $0.completed() }
        bench.update { $0.completed() }
        #expect(try bench.told().map(\.type) == ["dd:watcher-snapshot", "dd:watcher-snapshot"])
    }

    /// One fresh snapshot instead of everything that was missed.
    @Test func whoWasAwayGetsOneSnapshotAndOnlyIfSomethingHappened() throws {
        let bench = Bench()
        bench.update { $0.completed() }
        let known = bench.feed.frames(after: nil).position
        #expect(bench.feed.frames(after: known).frames.isEmpty)
        for id in ["a", "b", "c"] { bench.update { $0.inspected(Self.record(id), mark: nil) } }
        let missed = try bench.feed.frames(after: known).frames.map(Bench.read)
        #expect(missed.map(\.type) == ["dd:watcher-snapshot"])
        #expect((missed[0].data["containers"] as? [Any])?.count == 3)
    }
}
