import NIOCore
import Support
import Testing

@testable import EdgeTunnel

@Suite struct LanesTests {
    private static func frame(_ size: Int, _ byte: UInt8 = 0) -> ByteBuffer {
        ByteBuffer(repeating: byte, count: size)
    }

    private static func drain(_ lanes: inout Lanes) -> [Lanes.Slot] {
        var order: [Lanes.Slot] = []
        while let (_, slot) = lanes.pop() { order.append(slot) }
        return order
    }

    private static func next(_ lanes: inout Lanes) -> Lanes.Slot? { lanes.pop()?.slot }

    @Test func nothingComesOutOfEmptyLanes() {
        var lanes = Lanes()
        _ = lanes.open(.bulk)
        #expect(Self.drain(&lanes).isEmpty)
        #expect(lanes.isEmpty)
    }

    @Test func theOrderWithinAQueueNeverChanges() {
        var lanes = Lanes()
        let slots = Lanes.Lane.allCases.map { lanes.open($0) }
        for number in UInt8(0)..<100 {
            for slot in slots { lanes.push(Self.frame(1000 + Int(number), number), to: slot) }
        }
        var seen: [Lanes.Slot: [UInt8]] = [:]
        while let (frame, slot) = lanes.pop() { seen[slot, default: []].append(frame.readableBytesView[0]) }
        for slot in slots { #expect(seen[slot] == Array(0..<100)) }
    }

    @Test func controlGoesBeforeInteractiveBeforeBulk() {
        var lanes = Lanes()
        let bulk = lanes.open(.bulk)
        let interactive = lanes.open(.interactive)
        let control = lanes.open(.control)
        for slot in [bulk, interactive, control, bulk, interactive, control] { lanes.push(Self.frame(10), to: slot) }
        #expect(Self.drain(&lanes) == [control, control, interactive, interactive, bulk, bulk])
    }

    @Test func aKeyPressOvertakesAnExportThatIsUnderWay() {
        var lanes = Lanes()
        let export = lanes.open(.bulk)
        for _ in 0..<10 { lanes.push(Self.frame(40_000), to: export) }
        #expect(Self.next(&lanes) == export)
        let terminal = lanes.open(.interactive)
        lanes.push(Self.frame(20), to: terminal)
        #expect(Self.next(&lanes) == terminal)
    }

    @Test func bulkThatIsHeldBackStaysAndEverythingElseLeaves() {
        var lanes = Lanes()
        let (bulk, interactive, control) = (lanes.open(.bulk), lanes.open(.interactive), lanes.open(.control))
        for slot in [bulk, interactive, control] { lanes.push(Self.frame(10), to: slot) }
        let held = (0..<3).map { _ in lanes.pop(holdingBulk: true)?.slot }
        #expect(held == [control, interactive, nil])
        #expect(lanes.hasBulk)
        // However much has left before it.
        lanes.push(Self.frame(Lanes.interactiveRun), to: interactive)
        let rest = [lanes.pop(holdingBulk: true)?.slot, lanes.pop(holdingBulk: true)?.slot, lanes.pop()?.slot]
        #expect(rest == [interactive, nil, bulk])
        #expect(!lanes.hasBulk)
    }

    @Test func queuesOfALaneTakeTurnsByBytes() {
        var lanes = Lanes()
        let large = lanes.open(.bulk)
        let small = lanes.open(.bulk)
        for _ in 0..<40 { lanes.push(Self.frame(40_000), to: large) }
        for _ in 0..<1600 { lanes.push(Self.frame(1000), to: small) }
        var sent = [large: 0, small: 0]
        while !lanes.isEmpty, lanes.bytes(in: large) > 0, lanes.bytes(in: small) > 0, let (frame, slot) = lanes.pop() {
            sent[slot, default: 0] += frame.readableBytes
            let gap = abs(sent[large, default: 0] - sent[small, default: 0])
            #expect(gap <= 2 * 40_000 + Lanes.quantum, "one queue ran ahead by \(gap) bytes")
        }
        #expect(sent[large, default: 0] > 1_000_000)
    }

    @Test func aFrameLargerThanManyTurnsIsPaidForAfterwards() {
        var lanes = Lanes()
        let huge = lanes.open(.bulk)
        let other = lanes.open(.bulk)
        lanes.push(Self.frame(10 * Lanes.quantum), to: huge)
        lanes.push(Self.frame(10), to: huge)
        for _ in 0..<20 { lanes.push(Self.frame(Lanes.quantum), to: other) }
        let order = Self.drain(&lanes)
        let second = order.lastIndex(of: huge) ?? 0
        #expect(order[..<second].count { $0 == other } >= 9)
    }

    @Test func bulkIsLetThroughAfterARunOfInteractiveBytes() {
        var lanes = Lanes()
        let bulk = lanes.open(.bulk)
        let terminal = lanes.open(.interactive)
        for _ in 0..<4 { lanes.push(Self.frame(1000), to: bulk) }
        for _ in 0..<100 { lanes.push(Self.frame(16 * 1024), to: terminal) }
        let order = Self.drain(&lanes)
        let framesOfARun = Lanes.interactiveRun / (16 * 1024)
        let places = order.indices.filter { order[$0] == bulk }
        #expect(places == (1...4).map { $0 * (framesOfARun + 1) - 1 })
    }

    @Test func movingChangesTheLaneOfAnEmptyQueueOnly() {
        var lanes = Lanes()
        let first = lanes.open(.interactive)
        let second = lanes.open(.interactive)
        lanes.push(Self.frame(1), to: second)
        lanes.move(first, to: .bulk)
        lanes.move(second, to: .bulk)
        lanes.push(Self.frame(1), to: first)
        let third = lanes.open(.interactive)
        lanes.push(Self.frame(1), to: third)
        #expect(Self.drain(&lanes) == [second, third, first])
    }

    @Test func aFinishedQueueStillSendsWhatWaits() {
        var lanes = Lanes()
        let slot = lanes.open(.bulk)
        lanes.push(Self.frame(5), to: slot)
        lanes.finish(slot)
        let other = lanes.open(.bulk)
        #expect(other != slot, "not free while something waits")
        #expect(Self.next(&lanes) == slot)
        let again = lanes.open(.bulk)
        #expect(again == slot)
    }

    @Test func finishingAnEmptyQueueFreesItsSlotAtOnce() {
        var lanes = Lanes()
        let slot = lanes.open(.bulk)
        lanes.finish(slot)
        let again = lanes.open(.control)
        #expect(again == slot)
    }

    @Test func discardingDropsWhatWaits() {
        var lanes = Lanes()
        let dropped = lanes.open(.bulk)
        let kept = lanes.open(.bulk)
        for _ in 0..<3 { lanes.push(Self.frame(100), to: dropped) }
        lanes.push(Self.frame(7), to: kept)
        lanes.discard(dropped)
        #expect(lanes.totalBytes == 7)
        #expect(Self.drain(&lanes) == [kept])
        #expect(lanes.isEmpty)
    }

    @Test func aReusedSlotInheritsNothing() {
        var lanes = Lanes()
        let slot = lanes.open(.bulk)
        lanes.push(Self.frame(50 * Lanes.quantum), to: slot)
        _ = lanes.pop()
        lanes.discard(slot)
        let again = lanes.open(.interactive)
        #expect(again == slot)
        lanes.push(Self.frame(1), to: again)
        #expect(lanes.bytes(in: again) == 1)
        #expect(Self.drain(&lanes) == [again])
    }

    @Test func aFrameAfterTheLastOneIsOurMistake() async {
        await #expect(processExitsWith: .failure) {
            var lanes = Lanes()
            let slot = lanes.open(.bulk)
            lanes.push(ByteBuffer(string: "x"), to: slot)
            lanes.finish(slot)
            lanes.push(ByteBuffer(string: "y"), to: slot)
        }
    }

    @Test(arguments: UInt64(1)...20)
    func randomUseAgreesWithAModel(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var lanes = Lanes()
        var model = LanesModel()
        for step in 0..<3000 {
            switch Int.random(in: 0..<100, using: &random) {
            case ..<15:
                let lane = Lanes.Lane.allCases.randomElement(using: &random)!
                model.open(lanes.open(lane), lane)
            case ..<50:
                guard let slot = model.openSlots.randomElement(using: &random) else { continue }
                let frame = Self.frame(Int.random(in: 1...60_000, using: &random), .random(in: 0...255, using: &random))
                lanes.push(frame, to: slot)
                model.push(frame, slot)
            case ..<57:
                guard let slot = model.openSlots.randomElement(using: &random) else { continue }
                lanes.finish(slot)
                model.finish(slot)
            case ..<62:
                guard let slot = model.openSlots.randomElement(using: &random) else { continue }
                lanes.discard(slot)
                model.discard(slot)
            default:
                let popped = lanes.pop()
                let problem = model.check(popped.map { ($0.frame, $0.slot) })
                // One broken promise breaks the following ones.
                guard problem == nil else {
                    Issue.record("\(problem ?? ""): step \(step) of seed \(seed)")
                    return
                }
            }
            #expect(lanes.totalBytes == model.totalBytes, "step \(step) of seed \(seed)")
        }
    }
}

/// What lanes promise, without saying how: order, priority, no starvation, exact counts.
private struct LanesModel {
    private struct Queue {
        let lane: Lanes.Lane
        var frames: [ByteBuffer] = []
        var isFinishing = false
    }

    private var queues: [Lanes.Slot: Queue] = [:]
    private var run = 0

    var openSlots: [Lanes.Slot] { self.queues.filter { !$0.value.isFinishing }.keys.sorted() }
    var totalBytes: Int { self.queues.values.reduce(0) { $0 + $1.frames.reduce(0) { $0 + $1.readableBytes } } }

    mutating func open(_ slot: Lanes.Slot, _ lane: Lanes.Lane) {
        precondition(self.queues[slot] == nil, "slot \(slot) given away twice")
        self.queues[slot] = Queue(lane: lane)
    }

    mutating func push(_ frame: ByteBuffer, _ slot: Lanes.Slot) {
        self.queues[slot]!.frames.append(frame)
    }

    mutating func finish(_ slot: Lanes.Slot) {
        self.queues[slot]!.isFinishing = true
        if self.queues[slot]!.frames.isEmpty { self.queues[slot] = nil }
    }

    mutating func discard(_ slot: Lanes.Slot) {
        self.queues[slot] = nil
    }

    /// Says which promise a popped frame breaks.
    mutating func check(_ popped: (frame: ByteBuffer, slot: Lanes.Slot)?) -> String? {
        guard let (frame, slot) = popped else { return self.totalBytes == 0 ? nil : "nothing, although frames wait" }
        guard var queue = self.queues[slot], queue.frames.first == frame else { return "not the first of its queue" }
        guard queue.lane == self.dueLane else { return "\(queue.lane) although \(self.dueLane) was due" }
        if queue.lane == .interactive { self.run += frame.readableBytes }
        if queue.lane == .bulk { self.run = 0 }
        queue.frames.removeFirst()
        self.queues[slot] = queue.frames.isEmpty && queue.isFinishing ? nil : queue
        return nil
    }

    private var dueLane: Lanes.Lane {
        let waiting = Set(self.queues.values.filter { !$0.frames.isEmpty }.map(\.lane))
        if waiting.contains(.control) { return .control }
        if waiting.contains(.bulk), self.run >= Lanes.interactiveRun || !waiting.contains(.interactive) { return .bulk }
        return .interactive
    }
}
