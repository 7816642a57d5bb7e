import Testing

@testable import DockerBridge

@Suite struct EventStoreTests {
    private static func event(_ action: String, _ id: String) -> EngineEvent {
        EngineEvent(action: action, containerID: id, containerName: "", image: "", attributes: [], time: 0)
    }

    @Test func aDigestNamesAContainerOnceByWhatHappenedLast() {
        var digest = EventDigest()
        for (action, id) in [("start", "a"), ("die", "a"), ("start", "b"), ("destroy", "b"), ("destroy", "c")] {
            digest.take(Self.event(action, id), bytes: 10)
        }
        digest.take(Self.event("create", "c"), bytes: 10)
        #expect(Set(digest.changed) == ["a", "c"])
        #expect(digest.removed == ["b"])
        #expect(digest.events.map(\.action) == ["start", "die", "start", "destroy", "destroy", "create"])
        #expect(digest.bytes == 60)
    }

    @Test func aDigestKeepsTheNewestEventsAndCountsTheBytesOfAll() {
        var digest = EventDigest()
        for number in 0...EventDigest.keptEvents { digest.take(Self.event("start", "\(number)"), bytes: 1) }
        #expect(digest.events.count == EventDigest.keptEvents)
        #expect(digest.events.first?.containerID == "1")
        #expect(digest.changed.count == EventDigest.keptEvents + 1)
        #expect(digest.bytes == EventDigest.keptEvents + 1)
        #expect(!digest.isFull)
        digest.take(Self.event("start", "a"), bytes: EventDigest.waitingBytes)
        #expect(digest.isFull)
    }

    @Test func theEndOfAStreamIsSomethingToTakeOutOfADigest() {
        var digest = EventDigest()
        #expect(digest.isEmpty)
        digest.ended(.refused(status: 403))
        #expect(!digest.isEmpty)
        #expect(digest.end == .refused(status: 403))
    }

    @Test func aQueueGivesEveryEventOnceAndInOrder() {
        var queue = EventQueue()
        for id in ["a", "b"] { queue.take(Self.event("start", id), bytes: 10) }
        #expect(queue.bytes == 20)
        #expect(queue.popFirst()?.containerID == "a")
        #expect(queue.bytes == 10)
        #expect(queue.popFirst()?.containerID == "b")
        #expect(queue.popFirst() == nil)
        #expect(queue.bytes == 0)
        #expect(queue.isEmpty)
    }

    @Test(arguments: [(EventQueue.capacity, 1), (1, EventQueue.capacityBytes)])
    func aQueueIsFullByNumberAndByBytes(count: Int, bytes: Int) {
        var queue = EventQueue()
        for _ in 1..<count { queue.take(Self.event("start", "a"), bytes: bytes) }
        #expect(!queue.isFull)
        queue.take(Self.event("start", "a"), bytes: bytes)
        #expect(queue.isFull)
    }
}
