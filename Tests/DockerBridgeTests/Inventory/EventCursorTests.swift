import Testing

@testable import DockerBridge

@Suite struct EventCursorTests {
    private func event(_ time: Int, _ action: String = "start") -> EngineEvent {
        EngineEvent(action: action, containerID: "c1", containerName: "", image: "", attributes: [], time: time)
    }

    @Test func nothingIsAskedForAtFirst() {
        #expect(EventCursor().since == nil)
    }

    @Test func aStreamGoesOnWhereTheLastEventWas() {
        var cursor = EventCursor()
        cursor.began(at: 5)
        #expect(cursor.since == "5.000000000")
        let isNew = cursor.take(self.event(7_000_000_042))
        #expect(isNew)
        #expect(cursor.since == "7.000000042")
        cursor.began(at: 9)
        #expect(cursor.since == "7.000000042")
    }

    @Test func whatIsRepeatedIsNotNew() {
        var cursor = EventCursor()
        let events = [self.event(7), self.event(7, "die"), self.event(6), self.event(7), self.event(6), self.event(8)]
        let isNew = events.map { cursor.take($0) }
        #expect(isNew == [true, true, true, false, false, true])
    }

    @Test func onlySoManyAreRemembered() {
        var cursor = EventCursor()
        for time in 0..<300 { _ = cursor.take(self.event(time)) }
        let (old, recent) = (cursor.take(self.event(10)), cursor.take(self.event(200)))
        #expect(old)
        #expect(!recent)
    }
}
