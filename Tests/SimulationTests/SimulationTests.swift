import Glibc
import Support
import Testing

/// The agent's core, its wire and its engine client in simulated worlds: one clock, one seed, every kind of weather.
///
/// What the worlds are made of, what they leave out and what has been found is in docs/reliability.md.
@Suite(.enabled(if: runsAlone || SimulationSeed.replayed != nil, "needs a process for itself"))
struct SimulationTests {
    /// Simulated hours, with the same seeds each time. The other kinds live only where their seed is named: their models do
    /// not foresee everything yet.
    private static let quietHours = 500.0

    @Test func nothingGoesWrong() async throws {
        if let seed = SimulationSeed.replayed {
            try Self.live(seed)
            return
        }
        var total = Chronicle()
        var number: UInt64 = 0
        while total.hours < Self.quietHours {
            // The suite's other test waits for its turn.
            await Task.yield()
            number += 1
            guard let chronicle = try Self.live(WorldKind.quiet.seed(number &* 0x9E37_79B9_7F4A_7C15)) else { return }
            total.add(chronicle)
        }
    }

    /// A failure would be of no use if it could not be repeated.
    @Test(arguments: [WorldKind.busy, .ordinary])
    func aSeedHasOneHistory(_ kind: WorldKind) async throws {
        for number in 1...3 as ClosedRange<UInt64> {
            await Task.yield()
            let seed = kind.seed(number * 1_000_003)
            let (first, second) = (try World(seed: seed), try World(seed: seed))
            first.run()
            second.run()
            #expect(first.chronicle.digest == second.chronicle.digest, "seed \(seed)")
            #expect(first.chronicle.steps == second.chronicle.steps, "seed \(seed)")
        }
    }

    /// One world from beginning to end; `nil` when it went wrong.
    @discardableResult
    private static func live(_ seed: UInt64) throws -> Chronicle? {
        CrashNote.begin(seed)
        defer { CrashNote.end(seed) }
        let world = try World(seed: seed)
        world.run()
        guard let problem = world.firstProblem else { return world.chronicle }
        Issue.record(
            """
            seed \(seed), \(world.kind), \(problem)
            again: SIMULATION_SEED=\(seed) swift test --filter SimulationTests
            """
        )
        return nil
    }
}

/// The world that is to be lived again.
private enum SimulationSeed {
    static let replayed = getenv("SIMULATION_SEED").flatMap { UInt64(String(cString: $0)) }
}
