import NIOCore
import Support
import Testing

@testable import EdgeTunnel

@Suite struct UploadTableTests {
    private static let limits = UploadTable.Limits()
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func after(_ seconds: Int64) -> NIODeadline { self.start + .seconds(seconds) }

    private static func table(_ ids: String..., limits: UploadTable.Limits = limits) -> UploadTable {
        var table = UploadTable(limits: limits)
        table.reading(true, now: self.start)
        for id in ids { table.begin(id, now: self.start) }
        return table
    }

    private static func losses(_ table: inout UploadTable, at seconds: Int64) -> [String: UploadTable.Loss] {
        Dictionary(uniqueKeysWithValues: table.tick(now: self.after(seconds)).map { ($0.id, $0.loss) })
    }

    // MARK: Every event in every state

    enum State: CaseIterable, CustomTestStringConvertible {
        case unknown, coming, full, leaving

        var testDescription: String { "\(self)" }
    }

    enum Event: CaseIterable {
        case piece, end, engineTakesAll, removed, tickBefore, tickAfterPatience, tickAfterIdle
    }

    /// What an event says, and the state after it.
    private static func outcome(of event: Event, in state: State) -> (said: String, next: State) {
        switch (state, event) {
        case (.unknown, .piece), (.unknown, .end): ("ignored", .unknown)
        case (.unknown, .engineTakesAll): ("goes on", .unknown)
        case (.unknown, .removed): ("", .unknown)
        case (.unknown, .tickBefore), (.unknown, .tickAfterPatience), (.unknown, .tickAfterIdle): ("[]", .unknown)
        case (.coming, .piece): ("waits", .coming)
        case (.coming, .end): ("waits", .leaving)
        case (.coming, .engineTakesAll): ("goes on", .coming)
        case (.coming, .removed): ("", .unknown)
        case (.coming, .tickBefore), (.coming, .tickAfterPatience): ("[]", .coming)
        case (.coming, .tickAfterIdle): ("[idleEngine]", .unknown)
        case (.full, .piece): ("waits", .full)
        case (.full, .end): ("waits", .leaving)
        case (.full, .engineTakesAll): ("goes on", .coming)
        case (.full, .removed): ("", .unknown)
        case (.full, .tickBefore): ("[]", .full)
        case (.full, .tickAfterPatience), (.full, .tickAfterIdle): ("[slowEngine]", .unknown)
        case (.leaving, .piece), (.leaving, .end): ("ignored", .leaving)
        case (.leaving, .engineTakesAll): ("complete", .unknown)
        case (.leaving, .removed): ("", .unknown)
        case (.leaving, .tickBefore), (.leaving, .tickAfterPatience): ("[]", .leaving)
        case (.leaving, .tickAfterIdle): ("[idleEngine]", .unknown)
        }
    }

    private static func table(in state: State) -> (table: UploadTable, waiting: Int) {
        switch state {
        case .unknown: return (self.table(), 0)
        case .coming, .full, .leaving:
            var table = self.table("a")
            let bytes = state == .full ? self.limits.full : 1000
            _ = table.received("a", bytes: bytes, isMemoryShort: false, now: self.start)
            if state == .leaving { _ = table.ended("a", now: self.start) }
            return (table, bytes)
        }
    }

    private static func state(of table: UploadTable) -> State {
        if table.count == 0 { return .unknown }
        if table.isPaused { return .full }
        // Only what may still come can end.
        var copy = table
        return copy.ended("a", now: self.after(40)) == .ignored ? .leaving : .coming
    }

    @Test(arguments: State.allCases, Event.allCases)
    func everyEventDoesWhatTheTableSays(state: State, event: Event) {
        var (table, waiting) = Self.table(in: state)
        func words(_ losses: [(id: String, loss: UploadTable.Loss)]) -> String {
            let names = losses.map { loss in "\(loss.loss)".contains("less than") ? "slowEngine" : "idleEngine" }
            return "[\(names.joined(separator: " "))]"
        }
        let said: String
        switch event {
        case .piece:
            said = "\(table.received("a", bytes: 10, isMemoryShort: false, now: Self.start))"
            waiting += 10
        case .end: said = "\(table.ended("a", now: Self.start))"
        case .engineTakesAll:
            let isComplete = table.took("a", bytes: waiting, isMemoryShort: false, now: Self.start)
            said = isComplete ? "complete" : "goes on"
        case .removed:
            table.removed("a", now: Self.start)
            said = ""
        case .tickBefore: said = words(table.tick(now: Self.after(9)))
        case .tickAfterPatience: said = words(table.tick(now: Self.after(10)))
        case .tickAfterIdle: said = words(table.tick(now: Self.after(30)))
        }
        let expected = Self.outcome(of: event, in: state)
        #expect(said == expected.said)
        #expect(Self.state(of: table) == expected.next)
    }

    // MARK: Limits

    @Test func aBodyMayHaveItsLimitAndNoByteMore() {
        var table = Self.table("a", "b", limits: UploadTable.Limits(body: 100, total: 1000))
        #expect(table.received("a", bytes: 100, isMemoryShort: false, now: Self.start) == .waits)
        #expect(table.received("a", bytes: 1, isMemoryShort: false, now: Self.start) == .lost(.tooLarge(limit: 100)))
        #expect(table.received("a", bytes: 1, isMemoryShort: false, now: Self.start) == .ignored)
        #expect(table.received("b", bytes: 100, isMemoryShort: false, now: Self.start) == .waits)
    }

    @Test func allBodiesShareALimitThatEndsGiveBack() {
        var table = Self.table("a", "b", "c", limits: UploadTable.Limits(body: 100, total: 150))
        #expect(table.received("a", bytes: 100, isMemoryShort: false, now: Self.start) == .waits)
        let lost = table.received("b", bytes: 60, isMemoryShort: false, now: Self.start)
        #expect(lost == .lost(.tooLargeTogether(limit: 150)))
        #expect(table.ended("a", now: Self.start) == .waits)
        let isComplete = table.took("a", bytes: 100, isMemoryShort: false, now: Self.start)
        #expect(isComplete)
        #expect(table.received("c", bytes: 100, isMemoryShort: false, now: Self.start) == .waits)
    }

    @Test func theLimitsAreThoseOfTheProtocol() {
        #expect(Self.limits.body == 512 << 20)
        #expect(Self.limits.total == 1 << 30)
        #expect(Self.limits.idle == .seconds(30))
    }

    // MARK: Pauses

    @Test func theTunnelWaitsFromAFullQueueUntilHalfOfItHasGone() {
        var table = Self.table("a")
        let full = Self.limits.full
        _ = table.received("a", bytes: full - 1, isMemoryShort: false, now: Self.start)
        #expect(!table.isPaused)
        _ = table.received("a", bytes: 1, isMemoryShort: false, now: Self.start)
        #expect(table.isPaused)
        _ = table.took("a", bytes: full / 2 - 1, isMemoryShort: false, now: Self.start)
        #expect(table.isPaused)
        _ = table.took("a", bytes: 1, isMemoryShort: false, now: Self.start)
        #expect(!table.isPaused)
    }

    @Test func whileMemoryIsShortAQueueIsFullSooner() {
        var table = Self.table("a")
        _ = table.received("a", bytes: Self.limits.scarce, isMemoryShort: true, now: Self.start)
        #expect(table.isPaused)
        _ = table.took("a", bytes: Self.limits.scarce / 2, isMemoryShort: true, now: Self.start)
        #expect(!table.isPaused)
    }

    @Test func memoryThatComesBackEndsAWaitForTheLackOfIt() {
        var table = Self.table("a", "b")
        _ = table.received("a", bytes: Self.limits.scarce, isMemoryShort: true, now: Self.start)
        table.roomCame(now: Self.start)
        #expect(!table.isPaused)
        _ = table.received("b", bytes: Self.limits.full, isMemoryShort: true, now: Self.start)
        table.roomCame(now: Self.start)
        #expect(table.isPaused, "a queue that is full in any case")
    }

    @Test func theTunnelReadsOnOnceTheBodyThatItWaitedForIsLost() {
        var table = Self.table("a", "b")
        _ = table.received("a", bytes: Self.limits.full, isMemoryShort: false, now: Self.start)
        table.reading(false, now: Self.start)
        #expect(table.nextDeadline == Self.after(10))
        #expect(Self.losses(&table, at: 10) == ["a": .slowEngine(bytesPerSecond: 256 << 10)])
        #expect(!table.isPaused)
        table.reading(true, now: Self.after(10))
        #expect(Self.losses(&table, at: 39) == [:], "b could not be heard for 10 s")
        #expect(Self.losses(&table, at: 40) == ["b": .silence(.seconds(30))])
    }

    /// How long the tunnel waits in all for an engine that takes `bytesPerSecond`, of a controller that sends as much as it may.
    private static func pausedSeconds(bytesPerSecond: Int, bytes: Int) -> (seconds: Double, isLost: Bool) {
        var table = self.table("a")
        var (waiting, taken, paused, step) = (0, 0, 0, Int64(0))
        while taken < bytes {
            step += 1
            let now = self.start + .milliseconds(10 * step)
            if !table.tick(now: now).isEmpty { return (Double(paused) / 100, true) }
            let count = min(waiting, bytesPerSecond / 100)
            if count > 0 { _ = table.took("a", bytes: count, isMemoryShort: false, now: now) }
            waiting -= count
            taken += count
            while !table.isPaused {
                _ = table.received("a", bytes: 32 << 10, isMemoryShort: false, now: now)
                waiting += 32 << 10
            }
            table.reading(false, now: now)
            paused += 1
        }
        return (Double(paused) / 100, false)
    }

    @Test func anEngineThatIsFastEnoughIsWaitedForAsLongAsItTakes() {
        #expect(!Self.pausedSeconds(bytesPerSecond: 300 << 10, bytes: 100 << 20).isLost)
        #expect(!Self.pausedSeconds(bytesPerSecond: 50 << 20, bytes: 400 << 20).isLost)
    }

    /// Ten mebibytes lie in the buffers in front of a ping; a Drydock waits 60 s for its pong.
    @Test(arguments: [0, 1000, 64 << 10, 128 << 10, 255 << 10])
    func anEngineThatIsTooSlowHoldsTheTunnelForLessThanAMinute(bytesPerSecond: Int) {
        let (seconds, isLost) = Self.pausedSeconds(bytesPerSecond: bytesPerSecond, bytes: 10 << 20)
        #expect(seconds < 51)
        #expect(isLost || bytesPerSecond > 200 << 10)
    }

    /// As many as a tunnel carries, filled one after the other as soon as the tunnel is read.
    @Test func aHundredBodiesForAnEngineThatTakesNothingHoldTheTunnelForLessThanAMinute() {
        var table = Self.table()
        let ids = (0..<100).map { "u\($0)" }
        for id in ids { table.begin(id, now: Self.start) }
        var (now, paused) = (Self.start, TimeAmount.zero)
        for id in ids {
            while !table.isPaused {
                guard table.received(id, bytes: 32 << 10, isMemoryShort: false, now: now) == .waits else { break }
            }
            table.reading(false, now: now)
            while table.isPaused, let deadline = table.nextDeadline {
                paused = paused + (deadline - now)
                now = deadline
                #expect(table.tick(now: now).map(\.id) == [id])
            }
            table.reading(true, now: now)
        }
        #expect(table.count == 0)
        #expect(paused <= Self.limits.patience + Self.limits.least * 99)
        #expect(paused < .seconds(50))
    }

    /// The engine takes one body and not the other.
    @Test func aBodyThatIsTakenOutlivesOneThatIsNot() {
        var table = Self.table("stuck", "good")
        let full = Self.limits.full
        _ = table.received("stuck", bytes: full, isMemoryShort: false, now: Self.start)
        #expect(Self.losses(&table, at: 10).keys.sorted() == ["stuck"])
        for step in 0..<200 {
            let now = Self.after(10) + .milliseconds(Int64(step) * 200)
            _ = table.received("good", bytes: full, isMemoryShort: false, now: now)
            #expect(table.isPaused)
            #expect(table.tick(now: now + .milliseconds(199)).isEmpty)
            _ = table.took("good", bytes: full, isMemoryShort: false, now: now + .milliseconds(199))
            #expect(!table.isPaused)
        }
    }

    @Test func anEngineThatHungOnceDoesNotCostTheBodiesOfLaterHours() {
        var table = Self.table("stuck")
        _ = table.received("stuck", bytes: Self.limits.full, isMemoryShort: false, now: Self.start)
        #expect(Self.losses(&table, at: 10).keys.sorted() == ["stuck"])
        table.begin("later", now: Self.after(3600))
        _ = table.received("later", bytes: Self.limits.full, isMemoryShort: false, now: Self.after(3600))
        #expect(table.nextDeadline == Self.after(3610))
    }

    @Test func whatAnEngineTookBeforeBuysNoLongerPause() {
        var table = Self.table("a")
        for _ in 0..<100 {
            _ = table.received("a", bytes: Self.limits.full, isMemoryShort: false, now: Self.start)
            _ = table.took("a", bytes: Self.limits.full, isMemoryShort: false, now: Self.start)
        }
        _ = table.received("a", bytes: Self.limits.full, isMemoryShort: false, now: Self.start)
        #expect(table.nextDeadline == Self.after(10))
    }

    // MARK: Deadlines

    @Test func everyPieceAndEveryByteTakenGivesMoreTime() {
        var table = Self.table("a")
        _ = table.received("a", bytes: 1000, isMemoryShort: false, now: Self.after(20))
        #expect(table.nextDeadline == Self.after(50))
        _ = table.took("a", bytes: 1, isMemoryShort: false, now: Self.after(40))
        _ = table.received("a", bytes: 0, isMemoryShort: false, now: Self.after(49))
        #expect(table.nextDeadline == Self.after(70))
        #expect(Self.losses(&table, at: 70) == ["a": .idleEngine(.seconds(30))])
    }

    @Test func aControllerThatFallsSilentLosesTheRequest() {
        var table = Self.table("a")
        #expect(Self.losses(&table, at: 29) == [:])
        #expect(Self.losses(&table, at: 30) == ["a": .silence(.seconds(30))])
    }

    @Test func silenceDoesNotCountWhileTheTunnelIsNotRead() {
        var table = Self.table("a")
        table.reading(false, now: Self.after(1))
        #expect(table.nextDeadline == nil)
        table.reading(true, now: Self.after(100))
        #expect(table.nextDeadline == Self.after(129))
    }

    /// Another body makes the tunnel wait again and again.
    @Test func silenceAddsUpOverTheTimesThatTheTunnelIsRead() {
        var table = Self.table("a")
        for second in stride(from: Int64(0), to: 58, by: 2) {
            table.reading(false, now: Self.after(second + 1))
            #expect(Self.losses(&table, at: second + 2) == [:])
            table.reading(true, now: Self.after(second + 2))
        }
        #expect(Self.losses(&table, at: 59) == ["a": .silence(.seconds(30))])
    }

    // MARK: Any order

    /// A schedule at random: no byte is lost or counted twice, the tunnel never waits for nothing, and whatever happens every
    /// body is over once the clock has gone on for long enough.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func inAnyOrderTheCountsHoldAndEveryBodyEnds(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let limits = UploadTable.Limits(body: 6 << 20, total: 9 << 20)
        var table = Self.table(limits: limits)
        // What a driver would know of each: bytes that wait, and whether it has ended.
        var open: [String: (waiting: Int, received: Int, hasEnded: Bool)] = [:]
        var now = Self.start
        for step in 0..<400 {
            now = now + .milliseconds(Int64.random(in: 0...400, using: &random))
            let id = open.keys.sorted().randomElement(using: &random) ?? "none"
            let before = open.keys.compactMap { other in table.deadline(of: other).map { (id: other, at: $0) } }
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                table.begin("u\(step)", now: now)
                open["u\(step)"] = (0, 0, false)
            case 1...4:
                let count = Int.random(in: 0...(800 << 10), using: &random)
                let said = table.received(id, bytes: count, isMemoryShort: .random(using: &random), now: now)
                guard let body = open[id], !body.hasEnded else {
                    #expect(said == .ignored)
                    break
                }
                let sum = open.values.reduce(0) { $0 + $1.received }
                if body.received + count > limits.body {
                    #expect(said == .lost(.tooLarge(limit: limits.body)))
                    open[id] = nil
                } else if sum + count > limits.total {
                    #expect(said == .lost(.tooLargeTogether(limit: limits.total)))
                    open[id] = nil
                } else {
                    #expect(said == .waits)
                    open[id] = (body.waiting + count, body.received + count, false)
                }
            case 5...6:
                guard let body = open[id], body.waiting > 0 else { break }
                let count = Int.random(in: 1...body.waiting, using: &random)
                let isComplete = table.took(id, bytes: count, isMemoryShort: .random(using: &random), now: now)
                #expect(isComplete == (body.hasEnded && count == body.waiting))
                open[id] = isComplete ? nil : (body.waiting - count, body.received, body.hasEnded)
            case 7:
                let said = table.ended(id, now: now)
                guard let body = open[id], !body.hasEnded else {
                    #expect(said == .ignored)
                    break
                }
                #expect(said == (body.waiting > 0 ? .waits : .complete))
                open[id] = body.waiting > 0 ? (body.waiting, body.received, true) : nil
            case 8:
                table.removed(id, now: now)
                open[id] = nil
            default:
                for (id, _) in table.tick(now: now) { open[id] = nil }
            }
            // Otherwise the driver, which looks at one body for each event, would wake too late.
            for (other, deadline) in before where other != id {
                if let later = table.deadline(of: other) { #expect(later >= deadline) }
            }
            table.reading(!table.isPaused, now: now)
            #expect(table.nextDeadline == open.keys.compactMap { table.deadline(of: $0) }.min())
            #expect(table.count == open.count)
            if table.isPaused { #expect(open.values.contains { !$0.hasEnded && $0.waiting > limits.scarce / 2 }) }
            #expect((table.nextDeadline == nil) == open.isEmpty)
        }
        var rounds = 0
        while let deadline = table.nextDeadline, rounds < 1000 {
            rounds += 1
            now = max(now, deadline)
            let lost = table.tick(now: now)
            #expect(!lost.isEmpty)
            table.reading(!table.isPaused, now: now)
        }
        #expect(table.count == 0)
        #expect(!table.isPaused)
    }
}
