import Testing

@testable import EdgeTunnel

@Suite struct InputGateTests {
    private static let much = InputGate.pauseBytes

    @Test func littleWaitingInputChangesNothing() {
        var gate = InputGate()
        let changes = [
            gate.updated("a", waiting: 0, isMemoryShort: false),
            gate.updated("a", waiting: Self.much - 1, isMemoryShort: false), gate.removed("a"),
        ]
        #expect(changes == [.none, .none, .none])
        #expect(gate.full.isEmpty)
    }

    @Test func readingPausesOnceAndResumesOnce() {
        var gate = InputGate()
        let changes = [
            gate.updated("a", waiting: Self.much, isMemoryShort: false),
            gate.updated("a", waiting: Self.much + 1, isMemoryShort: false),
            gate.updated("a", waiting: Self.much - 1, isMemoryShort: false),
            gate.updated("a", waiting: 0, isMemoryShort: false),
        ]
        #expect(changes == [.pause, .none, .resume, .none])
    }

    @Test func readingResumesWhenTheLastFullSessionHasRoom() {
        var gate = InputGate()
        let paused = [
            gate.updated("a", waiting: Self.much, isMemoryShort: false),
            gate.updated("b", waiting: Self.much, isMemoryShort: false),
        ]
        #expect(paused == [.pause, .none])
        #expect(gate.full == ["a", "b"])
        let first = gate.updated("a", waiting: 0, isMemoryShort: false)
        let last = gate.removed("b")
        #expect([first, last] == [.none, .resume])
    }

    @Test func littleIsMuchWhileMemoryIsShort() {
        var gate = InputGate()
        let little = InputGate.scarcePauseBytes
        let changes = [
            gate.updated("a", waiting: little - 1, isMemoryShort: true),
            gate.updated("a", waiting: little, isMemoryShort: true),
            gate.updated("a", waiting: little, isMemoryShort: false),
        ]
        #expect(changes == [.none, .pause, .resume])
    }
}
