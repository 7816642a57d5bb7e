import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct InputGateTests {
    private static let full = InputGate.fullBytes
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func after(_ milliseconds: Int64) -> NIODeadline { self.start + .milliseconds(milliseconds) }

    @Test func littleWaitingInputChangesNothing() {
        var gate = InputGate()
        gate.updated("a", waiting: Self.full - 1, taken: 0, isMemoryShort: false, now: self.start)
        let (isPaused, deadline) = (gate.isPaused, gate.nextDeadline)
        #expect(!isPaused)
        #expect(deadline == nil)
        gate.updated("a", waiting: 0, taken: Self.full, isMemoryShort: false, now: self.start)
        #expect(!gate.knows("a"))
    }

    @Test func readingPausesUntilTheLastFullSessionHasRoom() {
        var gate = InputGate()
        gate.updated("a", waiting: Self.full, taken: 0, isMemoryShort: false, now: self.start)
        gate.updated("b", waiting: Self.full, taken: 0, isMemoryShort: false, now: self.start)
        #expect(gate.isPaused)
        gate.updated("a", waiting: Self.full - 1, taken: 1, isMemoryShort: false, now: self.after(10))
        #expect(gate.isPaused)
        gate.removed("b", now: self.after(20))
        #expect(!gate.isPaused)
    }

    @Test func aProcessThatTakesNothingHoldsTheTunnelForTheLongestPauseOnlyAndLosesItsSession() {
        var gate = InputGate()
        gate.updated("a", waiting: Self.full, taken: 0, isMemoryShort: false, now: self.start)
        #expect(gate.nextDeadline == self.after(800))
        let early = gate.tick(now: self.after(800))
        #expect(early == [])
        #expect(!gate.isPaused, "the others are served meanwhile")
        gate.updated("a", waiting: Self.full + 1000, taken: 0, isMemoryShort: false, now: self.after(801))
        #expect(!gate.isPaused, "and not again at once")
        #expect(gate.nextDeadline == self.after(2000))
        let late = gate.tick(now: self.after(2000))
        #expect(late == ["a"])
        #expect(!gate.knows("a"))
    }

    @Test func aProcessThatTakesALittleKeepsItsSession() {
        var gate = InputGate()
        for second in Int64(0)..<100 {
            let now = self.after(second * 1000)
            gate.updated("a", waiting: Self.full, taken: Int(second), isMemoryShort: false, now: now)
            let lost = gate.tick(now: now)
            #expect(lost == [])
        }
    }

    /// The share of the time that the tunnel is held up, whatever the sessions are many.
    private func pausedShare(sessions: Int, bytesPerSecond: Int) -> Double {
        var gate = InputGate()
        var paused = 0
        let steps: Int64 = 10_000
        for step in 0..<steps {
            for session in 0..<sessions {
                gate.updated(
                    "\(session)",
                    waiting: Self.full,
                    taken: Int(step) * bytesPerSecond / 1000,
                    isMemoryShort: false,
                    now: self.after(step)
                )
            }
            _ = gate.tick(now: self.after(step))
            if gate.isPaused { paused += 1 }
        }
        return Double(paused) / Double(steps)
    }

    @Test func aFastProcessHasTheTunnelWaitForItAndASlowOneHasNot() {
        #expect(self.pausedShare(sessions: 1, bytesPerSecond: 10 << 20) > 0.95)
        #expect(self.pausedShare(sessions: 1, bytesPerSecond: 64 << 10) < 0.25)
        #expect(self.pausedShare(sessions: 50, bytesPerSecond: 100) < 0.25)
    }

    @Test func aProcessThatMakesProgressIsWaitedForAtTheBrim() {
        var gate = InputGate()
        // 512 KiB/s, in pieces of 205 KiB: far below what earns a credit.
        for step in Int64(0)..<200 {
            gate.updated(
                "a",
                waiting: InputGate.brimBytes,
                taken: Int(step) * (205 << 10),
                isMemoryShort: false,
                now: self.after(step * 400)
            )
            let lost = gate.tick(now: self.after(step * 400))
            #expect(lost == [])
            #expect(gate.isPaused, "step \(step)")
        }
    }

    @Test(arguments: [0, 1, 200 << 10])
    func aProcessThatTricklesIsNotWaitedForAtTheBrim(_ bytesPerSecond: Int) {
        var gate = InputGate()
        var paused = 0
        for step in Int64(0)..<10_000 {
            let taken = Int(step) * bytesPerSecond / 1000
            gate.updated("a", waiting: InputGate.brimBytes, taken: taken, isMemoryShort: false, now: self.after(step))
            if gate.isPaused { paused += 1 }
        }
        #expect(paused < 6000)
    }

    @Test func littleIsMuchWhileMemoryIsShort() {
        var gate = InputGate()
        gate.updated("a", waiting: InputGate.scarceBytes - 1, taken: 0, isMemoryShort: true, now: self.start)
        #expect(!gate.isPaused)
        gate.updated("a", waiting: InputGate.scarceBytes, taken: 0, isMemoryShort: true, now: self.start)
        #expect(gate.isPaused)
        gate.updated("a", waiting: InputGate.scarceBytes, taken: 0, isMemoryShort: false, now: self.start)
        #expect(!gate.isPaused)
    }

    @Test func theFullestThatTakesNothingGivesWayFirst() {
        var gate = InputGate()
        gate.updated("small", waiting: InputGate.scarceBytes, taken: 0, isMemoryShort: true, now: self.start)
        gate.updated("idle", waiting: 200_000, taken: 0, isMemoryShort: true, now: self.start)
        gate.updated("busy", waiting: 300_000, taken: 0, isMemoryShort: true, now: self.start)
        let atOnce = gate.fullest(now: self.start)
        #expect(atOnce == "busy", "none has had time to take anything")
        gate.updated("busy", waiting: 299_000, taken: 1000, isMemoryShort: true, now: self.after(700))
        let later = gate.fullest(now: self.after(900))
        #expect(later == "idle")
        let early = gate.fullest(now: self.after(100), isIdle: true)
        #expect(early == nil, "none is idle yet")
        gate.removed("idle", now: self.after(900))
        gate.removed("busy", now: self.after(900))
        let none = gate.fullest(now: self.after(900))
        #expect(none == nil)
    }
}
