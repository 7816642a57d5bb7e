import Drydock
import NIOCore
import Support

@testable import EdgeTunnel

/// The faults of a world: what breaks, when, and for how long.
struct Weather {
    /// The longest that a fault lasts which stops something and lets it go on; see `strike`.
    static let longestHold = TimeAmount.seconds(50)

    private unowned let world: World
    private var random: SplitMix

    init(_ world: World, random: inout SplitMix) {
        self.world = world
        self.random = SplitMix(seed: random.next())
    }

    private mutating func pick(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(self.random.next() % UInt64(range.count))
    }

    /// To the next fault: anything from none to twice the mean.
    mutating func pause(_ kind: WorldKind) -> TimeAmount {
        .milliseconds(self.pick(0...(2000 * kind.faultEvery)))
    }

    /// - Returns: how long nothing else happens.
    mutating func strike(_ kind: WorldKind) -> TimeAmount {
        if kind == .outage, self.pick(0...3) > 0 { return self.beginAbsence() }
        switch self.pick(0...99) {
        case 0..<14: self.world.breakLink(.reset)
        case 14..<20: self.world.breakLink(.silence(toAgent: true, toController: true))
        case 20..<24: self.world.breakLink(.silence(toAgent: true, toController: false))
        case 24..<28: self.world.breakLink(.silence(toAgent: false, toController: true))
        case 28..<38: self.world.breakLink(.stall(.milliseconds(self.pick(10...40_000))))
        case 38..<46: self.world.freezeController(for: .milliseconds(self.pick(10...45_000)))
        case 46..<54: self.world.engine.restart(for: .milliseconds(self.pick(0...20_000)))
        case 54..<60: self.world.engine.freeze(for: .milliseconds(self.pick(10...50_000)))
        case 60..<68: self.restartController(for: self.pick(1...60))
        case 68..<82: self.changeMood(for: self.pick(1...90))
        case 82..<86: self.world.restartAgent(kill: self.pick(0...1) == 0, after: .seconds(self.pick(1...10)))
        case 86..<90: self.world.turnAgentsClock(by: self.pick(-4000...4000))
        case 90..<94: self.world.sleepHost(for: .seconds(self.pick(1...4000)))
        case 94..<97: self.changeKeys()
        default: for _ in 0..<self.pick(1...5) { self.world.hangUpSignal() }
        }
        return .zero
    }

    /// No controller is to be had for up to three days: away, or not willing.
    private mutating func beginAbsence() -> TimeAmount {
        let time = TimeAmount.seconds(self.pick(3600...260_000))
        let mood = self.absentMood()
        for (number, controller) in self.world.controllers.enumerated() {
            controller.die(withoutAWord: self.pick(0...3) == 0)
            self.world.set(mood, of: number, for: time)
        }
        if self.pick(0...3) == 0 { self.world.turnAgentsClock(by: self.pick(-4000...4000)) }
        return time
    }

    private mutating func absentMood() -> ControllerModel.Mood {
        switch self.pick(0...9) {
        case 0..<3: return .unreachable(.tcp)
        case 3..<7:
            let final = RejectionCode.allCases.filter { if case .park = $0.consequence { true } else { false } }
            return .rejecting(code: final[Int(self.random.next() % UInt64(final.count))].rawValue)
        default: return self.mood()
        }
    }

    private mutating func restartController(for seconds: Int64) {
        let number = Int(self.random.next() % UInt64(self.world.controllers.count))
        let goodbyes: [UInt16?] = [1001, 1012, 1000, nil, nil]
        let word = goodbyes[Int(self.pick(0...4))]
        self.world.restartController(number, for: .seconds(seconds), goodbye: word, isSilent: self.pick(0...3) == 0)
    }

    private mutating func changeMood(for seconds: Int64) {
        let number = Int(self.random.next() % UInt64(self.world.controllers.count))
        self.world.set(self.mood(), of: number, for: .seconds(seconds))
    }

    private mutating func mood() -> ControllerModel.Mood {
        switch self.pick(0...9) {
        case 0: return .unreachable([.dns, .tcp, .proxy, .tls, .upgrade][Int(self.pick(0...4))])
        case 1: return .unreachable(.tcp)
        case 2:
            let statuses = [400, 401, 403, 404, 410, 426, 429, 500, 502, 503, 504]
            let wish: Duration? = self.pick(0...2) == 0 ? .seconds(self.pick(0...900)) : nil
            return .refusing(status: statuses[Int(self.pick(0...10))], retryAfter: wish)
        case 3: return .silentUpgrade
        case 4, 5, 6:
            let codes = RejectionCode.allCases.map(\.rawValue) + ["of-the-future"]
            return .rejecting(code: codes[Int(self.random.next() % UInt64(codes.count))])
        case 7: return .mute
        case 8: return [.closing(code: 1001), .closing(code: 1008), .closing(code: 1013)][Int(self.pick(0...2))]
        default: return self.pick(0...1) == 0 ? .dropping : .babbling
        }
    }

    private mutating func changeKeys() {
        let sets: [Set<KeySlot>] = [[], [.current], [.next], [.current, .next]]
        for controller in self.world.controllers { controller.knownKeys = sets[Int(self.pick(0...3))] }
    }

    // MARK: The climate of a world

    /// What links to the controller are like in this world.
    static func link(_ kind: WorldKind, random: inout SplitMix) -> PipeWeather {
        func pick(_ range: ClosedRange<Int64>) -> Int64 {
            range.lowerBound + Int64(random.next() % UInt64(range.count))
        }
        var weather = PipeWeather(latency: .milliseconds(pick(0...150)))
        if pick(0...1) == 0 { weather.jitter = .milliseconds(pick(0...80)) }
        weather.bytesPerSecond = [40_000, 200_000, 2_000_000, 100_000_000, 100_000_000][Int(pick(0...4))]
        weather.window = [16 * 1024, 128 * 1024, 1 << 20][Int(pick(0...2))]
        if pick(0...2) == 0 { weather.lossPerMille = Int(pick(1...60)) }
        if kind == .busy {
            weather.segmentBytes = [1400, 16 * 1024, 64 * 1024][Int(pick(0...2))]
            weather.crumbsPerCent = [0, 10, 30, 60][Int(pick(0...3))]
        }
        return weather
    }

    static func habits(_ kind: WorldKind, random: inout SplitMix) -> ControllerHabits {
        func pick(_ range: ClosedRange<Int64>) -> Int64 {
            range.lowerBound + Int64(random.next() % UInt64(range.count))
        }
        var habits = ControllerHabits()
        habits.answersPings = pick(0...3) > 0
        switch kind {
        case .busy:
            habits.askEvery = .milliseconds(pick(100...2000))
            habits.fragmentedPerCent = Int(pick(0...2)) * 20
            habits.nonsensePerMille = Int(pick(0...2)) * 40
            habits.violationsPerMille = Int(pick(0...2)) * 2
        case .ordinary:
            habits.askEvery = .seconds(pick(20...120))
            habits.nonsensePerMille = 5
        case .outage: habits.askEvery = .seconds(pick(600...6000))
        case .quiet:
            habits.askEvery = .seconds(pick(3000...20_000))
            // One that answers no pings has to be heard by its own.
            if habits.answersPings { habits.pingEvery = .seconds(pick(30...120)) }
            habits.patience = habits.pingEvery * 3
        }
        return habits
    }
}
