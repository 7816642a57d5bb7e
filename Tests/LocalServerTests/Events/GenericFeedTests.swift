import NIOCore
import Testing

@testable import DockerBridge
@testable import LocalServer

@Suite struct GenericFeedTests {
    private static func event(_ action: String, _ attributes: [ContainerRecord.Pair] = []) -> EngineEvent {
        EngineEvent(
            action: action,
            containerID: "c1",
            containerName: "web",
            image: "app",
            attributes: attributes,
            time: 1_500_000_000
        )
    }

    private static func told(_ event: EngineEvent) -> [String] {
        let store = InventoryStore()
        let feed = GenericFeed(store: store)
        var frames: [String] = []
        feed.start { frames += $0.frames.map { String(buffer: $0) } }
        store.append([event])
        return frames
    }

    @Test func anEventIsOneLineOfJSON() {
        let attributes = [
            ContainerRecord.Pair("image", "app"), ContainerRecord.Pair("name", "web"),
            ContainerRecord.Pair("exitCode", "1"), ContainerRecord.Pair("oldName", "x"),
            ContainerRecord.Pair("maintainer", "me"), ContainerRecord.Pair("tier", "front"),
        ]
        #expect(
            Self.told(Self.event("die", attributes)) == [
                #"data: {"ts":"1970-01-01T00:00:01Z","type":"container","action":"die","containerId":"c1","#
                    + #""name":"web","image":"app","labels":{"tier":"front"}}"# + "\n\n"
            ]
        )
    }

    @Test func theHealthStandsByItself() {
        let frame = Self.told(Self.event("health_status: unhealthy"))[0]
        #expect(frame.contains(#""action":"health_status","#))
        #expect(frame.contains(#""health":"unhealthy""#))
        #expect(!frame.contains("labels"))
    }

    /// No greeting; but who fell behind gets what it missed.
    @Test func whoIsNewHearsNothingOldAndWhoWasAwayWhatItMissed() {
        let store = InventoryStore()
        let feed = GenericFeed(store: store)
        store.append([Self.event("create"), Self.event("start")])
        let greeting = feed.frames(after: nil)
        #expect(greeting.frames.isEmpty)
        store.append([Self.event("die")])
        #expect(feed.frames(after: greeting.position).frames.count == 1)
        #expect(feed.frames(after: 1).frames.count == 2)
    }
}
