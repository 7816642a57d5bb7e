import Support
import Testing

/// The agent's listener in simulated worlds: clients of every kind, one clock, one seed.
@Suite(.enabled(if: runsAlone || SimulationSeed.replayedServer != nil, "needs a process for itself"))
struct ServerSimulationTests {
    /// Simulated hours of each kind.
    private static let hours: [ServerWorldKind: Double] = [.crowded: 2, .visited: 1000]

    @Test func nothingGoesWrongInCrowds() async throws { try await Self.live(.crowded) }
    @Test func nothingGoesWrongWhereClientsComeNowAndThen() async throws { try await Self.live(.visited) }

    /// A failure would be of no use if it could not be repeated.
    @Test(
        .enabled(if: SimulationSeed.replayedServer == nil, "one world is lived again"),
        arguments: ServerWorldKind.allCases
    )
    func aSeedHasOneHistory(_ kind: ServerWorldKind) async throws {
        for number in 1...2 as ClosedRange<UInt64> {
            await Task.yield()
            let seed = kind.seed(number * 1_000_003)
            let (first, second) = (try ServerWorld(seed: seed), try ServerWorld(seed: seed))
            first.run()
            second.run()
            #expect(first.chronicle.digest == second.chronicle.digest, "seed \(seed)")
            #expect(first.chronicle.steps == second.chronicle.steps, "seed \(seed)")
        }
    }

    /// Worlds of one kind, with the same seeds each time, or the one whose seed is named.
    private static func live(_ kind: ServerWorldKind) async throws {
        if let seed = SimulationSeed.replayedServer {
            if ServerWorldKind(seed: seed) == kind { try Self.live(seed) }
            return
        }
        var total = ServerChronicle()
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
    private static func live(_ seed: UInt64) throws -> ServerChronicle? {
        CrashNote.begin(seed, .server)
        defer { CrashNote.end(seed, .server) }
        let world = try ServerWorld(seed: seed)
        world.run()
        guard let problem = world.firstProblem else { return world.chronicle }
        Issue.record(
            """
            seed \(seed), \(world.kind), \(problem)
            again: SWIFT_DETERMINISTIC_HASHING=1 SIMULATION_SERVER_SEED=\(seed) swift test --filter ServerSimulationTests
            """
        )
        return nil
    }
}
