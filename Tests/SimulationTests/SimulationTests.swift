import Glibc
import NIOCore
import Testing

/// The agent's core, its wire and its engine client in simulated worlds: one clock, one seed, every kind of weather.
///
/// What the worlds are made of, what they leave out and what has been found is in docs/reliability.md.
@Suite struct SimulationTests {
    /// Simulated hours, of each kind.
    static let hours: [WorldKind: Double] = [.busy: 10, .ordinary: 100, .outage: 9000, .quiet: 1500]

    @Test(arguments: WorldKind.allCases)
    func nothingGoesWrong(_ kind: WorldKind) async throws {
        if let seed = Self.replayed {
            if WorldKind(seed: seed) == kind { try Self.live(seed) }
            return
        }
        var total = Chronicle()
        var worlds = 0
        let began = Self.cpuSeconds
        while total.hours < Self.hours[kind]! {
            // Other tests wait for their turn.
            await Task.yield()
            guard let chronicle = try Self.live(kind.seed(.random(in: .min ... .max))) else { return }
            total.add(chronicle)
            worlds += 1
        }
        print("simulation, \(kind): \(worlds) worlds, \(total), \(Self.cpuSeconds - began) s of the processor")
    }

    @Test func thereAreTenThousandHours() {
        #expect(WorldKind.allCases.reduce(0) { $0 + Self.hours[$1]! } >= 10_000)
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

    private static var replayed: UInt64? { getenv("SIMULATION_SEED").flatMap { UInt64(String(cString: $0)) } }

    private static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
