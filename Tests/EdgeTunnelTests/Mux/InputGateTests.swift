import Testing

@testable import EdgeTunnel

@Suite struct InputGateTests {
    private static let much = InputGate.pauseBytes

    @Test func littleWaitingInputChangesNothing() {
        var gate = InputGate()
        let changes = [gate.updated("a", waiting: 0), gate.updated("a", waiting: Self.much - 1), gate.removed("a")]
        #expect(changes == [.none, .none, .none])
        #expect(gate.full.isEmpty)
    }

    @Test func readingPausesOnceAndResumesOnce() {
        var gate = InputGate()
        let changes = [
            gate.updated("a", waiting: Self.much), gate.updated("a", waiting: Self.much + 1),
            gate.updated("a", waiting: Self.much - 1), gate.updated("a", waiting: 0),
        ]
        #expect(changes == [.pause, .none, .resume, .none])
    }

    @Test func readingResumesWhenTheLastFullSessionHasRoom() {
        var gate = InputGate()
        let paused = [gate.updated("a", waiting: Self.much), gate.updated("b", waiting: Self.much)]
        #expect(paused == [.pause, .none])
        #expect(gate.full == ["a", "b"])
        let first = gate.updated("a", waiting: 0)
        let last = gate.removed("b")
        #expect([first, last] == [.none, .resume])
    }
}
