import Support
import Testing

/// The agent's core, its wire and its engine client in simulated worlds: one clock, one seed, every kind of weather.
///
/// What the worlds are made of, what they leave out and what has been found is in docs/lab/simulation.md.
@Suite(.enabled(if: runsAlone || SimulationSeed.replayed != nil, "needs a process for itself"))
struct SimulationTests {
    /// Simulated hours of each kind: one of a busy world takes as long as some hundred of a quiet one. `SIMULATION_SCALE`
    /// multiplies them.
    private static let hours: [WorldKind: Double] = [.busy: 2, .ordinary: 100, .outage: 1700.0 / 3, .quiet: 8000.0 / 3]

    @Test func nothingGoesWrongInBusyWorlds() async throws { try await Self.live(.busy) }
    @Test func nothingGoesWrongInOrdinaryWorlds() async throws { try await Self.live(.ordinary) }
    @Test func nothingGoesWrongInOutages() async throws { try await Self.live(.outage) }
    @Test func nothingGoesWrongInQuietWorlds() async throws { try await Self.live(.quiet) }

    @Test func threeTimesTheUsualAreTenThousandHours() {
        #expect(WorldKind.allCases.reduce(0) { $0 + Self.hours[$1]! } * 3 >= 10_000)
    }

    /// A failure would be of no use if it could not be repeated.
    @Test(.enabled(if: SimulationSeed.replayed == nil, "one world is lived again"), arguments: WorldKind.allCases)
    func aSeedHasOneHistory(_ kind: WorldKind) async throws {
        for number in 1...2 as ClosedRange<UInt64> {
            await Task.yield()
            let seed = kind.seed(number * 1_000_003)
            let (first, second) = (try World(seed: seed), try World(seed: seed))
            first.run()
            second.run()
            #expect(first.chronicle.digest == second.chronicle.digest, "seed \(seed)")
            #expect(first.chronicle.steps == second.chronicle.steps, "seed \(seed)")
        }
    }

    /// Worlds of one kind, with the same seeds each time, or the one whose seed is named.
    private static func live(_ kind: WorldKind) async throws {
        if let seed = SimulationSeed.replayed {
            if WorldKind(seed: seed) == kind { try Self.live(seed) }
            return
        }
        var total = Chronicle()
        var worlds: UInt64 = 0
        var failed = 0
        while total.hours < Self.hours[kind]! * SimulationSeed.scale {
            // The suite's other tests wait for their turn.
            await Task.yield()
            worlds += 1
            if let chronicle = try Self.live(kind.seed(worlds &* 0x9E37_79B9_7F4A_7C15)) {
                total.add(chronicle)
            } else {
                failed += 1
                // Several show what they have in common.
                if failed == 5 { return }
            }
        }
        print("simulation, \(kind): \(worlds) worlds, \(total)")
    }

    /// One world from beginning to end; `nil` when it went wrong.
    @discardableResult
    private static func live(_ seed: UInt64) throws -> Chronicle? {
        CrashNote.begin(seed, .tunnel)
        defer { CrashNote.end(seed, .tunnel) }
        let world = try World(seed: seed)
        world.run()
        guard let problem = world.firstProblem else { return world.chronicle }
        Issue.record(
            """
            seed \(seed), \(world.kind), \(problem)
            again: SWIFT_DETERMINISTIC_HASHING=1 SIMULATION_SEED=\(seed) swift test --filter SimulationTests
            """
        )
        return nil
    }
}
