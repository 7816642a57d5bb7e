import NIOCore
import Support

/// The kinds of clients that come.
enum ClientHabits {
    static let longestStay = TimeAmount.seconds(400)

    static func pick(_ random: inout SplitMix) -> ClientModel.Habits {
        func pick(_ range: ClosedRange<Int64>) -> Int64 {
            range.lowerBound + Int64(random.next() % UInt64(range.count))
        }
        var habits = ClientModel.Habits()
        habits.isPipelining = pick(0...2) == 0
        habits.stay = .milliseconds(pick(0...9) < 7 ? pick(1...60_000) : pick(1...400_000))
        habits.isPatient = pick(0...4) == 0
        habits.departure = [.finished, .finished, .reset, .halfClosed][Int(pick(0...3))]
        habits.pause = .milliseconds([0, pick(1...2000), pick(1...20_000), pick(100_000...140_000)][Int(pick(0...3))])
        if pick(0...3) == 0 {
            habits.pieces = (
                bytes: Int(pick(0...1) == 0 ? pick(1...60) : pick(60...4000)), gap: .milliseconds(pick(1...3000))
            )
        }
        switch pick(0...9) {
        case 0...5: break
        case 6, 7: habits.reading = .never
        default: habits.reading = .atTimes(.milliseconds(pick(10...20_000)))
        }
        habits.isFlooding = habits.isPipelining && pick(0...11) == 0
        if pick(0...7) == 0 { habits.fillerBytes = Int(pick(1...4000)) }
        return habits
    }

    /// How many requests a client with these habits has, none of some.
    static func requests(_ habits: ClientModel.Habits, _ random: inout SplitMix) -> Int {
        let roll = random.next() % 100
        if habits.isFlooding { return 100 + Int(random.next() % 400) }
        return roll < 3 ? 0 : 1 + Int(random.next() % (roll < 50 ? 3 : 12))
    }
}
