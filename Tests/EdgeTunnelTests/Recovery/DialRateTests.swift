import Drydock
import Support
import Testing

@testable import EdgeTunnel

/// Whatever happens, the agent does not become a nuisance to its controller.
@Suite struct DialRateTests {
    private static let sequences = 2000
    private static let attemptsPerSequence = 40
    private static let mostPerMinute = 60

    /// Random ends, sessions, signals and settings: never more dials in any minute than the floor allows.
    @Test func noSequenceOfEventsDialsMoreOftenThanTheFloorAllows() async throws {
        let seed = UInt64.random(in: .min ... .max)
        for sequence in 0..<UInt64(Self.sequences) {
            // Other tests wait for their turn.
            await Task.yield()
            var random = SplitMix(seed: seed &+ sequence)
            let starts = try Self.starts(&random)
            let gaps = zip(starts, starts.dropFirst()).map { $0.duration(to: $1) }
            let shortest = gaps.min() ?? Recovery.floor
            let worst = Self.mostInAMinute(starts)
            #expect(shortest >= Recovery.floor, "seed \(seed), sequence \(sequence): two dials within \(shortest)")
            #expect(worst <= Self.mostPerMinute, "seed \(seed), sequence \(sequence): \(worst) dials in a minute")
            if shortest < Recovery.floor || worst > Self.mostPerMinute { return }
        }
    }

    private static func starts(_ random: inout SplitMix) throws -> [ContinuousClock.Instant] {
        let urls = ["https://a", "https://b", "https://c/api/portwing/ws"].prefix(Int.random(in: 1...3, using: &random))
        var recovery = Recovery(
            Recovery.Settings(
                controllers: try urls.map { try ControllerAddress(parsing: $0) },
                dialect: Bool.random(using: &random) ? nil : .portwing,
                hasNextKey: .random(using: &random),
                base: .seconds(1),
                cap: .seconds(Int.random(in: 1...60, using: &random))
            )
        )
        var now = ContinuousClock.Instant.now
        var starts: [ContinuousClock.Instant] = []
        var candidate = recovery.first
        for _ in 0..<Self.attemptsPerSequence {
            recovery.started(candidate, now: now)
            starts.append(now)
            let uptime: Duration? =
                Int.random(in: 0..<4, using: &random) == 0
                ? .milliseconds(Int.random(in: 0...40000, using: &random)) : nil
            now += uptime ?? .milliseconds(Int.random(in: 0...300, using: &random))
            let next = recovery.ended(
                Self.end(&random),
                of: candidate,
                uptime: uptime,
                slot: Double(Int.random(in: 0..<100, using: &random)) / 100,
                now: now,
                using: &random
            )
            guard let next else { continue }
            candidate = next.candidate
            if Int.random(in: 0..<3, using: &random) == 0 {
                // A hang-up signal cuts the wait short.
                recovery.startOver()
                candidate = recovery.first
                now += recovery.restOfFloor(now: now)
            } else {
                now += next.wait
            }
        }
        return starts
    }

    private static func end(_ random: inout SplitMix) -> SessionEnd {
        // A shutdown ends the loop; everything else may come in any order.
        let ends = RecoveryTests.rows.map(\.end).filter { $0 != .shutDown }
        return ends.randomElement(using: &random)!
    }

    private static func mostInAMinute(_ starts: [ContinuousClock.Instant]) -> Int {
        var (first, worst) = (0, 0)
        for (index, start) in starts.enumerated() {
            while starts[first].duration(to: start) >= .seconds(60) { first += 1 }
            worst = max(worst, index - first + 1)
        }
        return worst
    }
}
