import Glibc

/// What the environment says about the worlds to live.
enum SimulationSeed {
    /// The tunnel's world that is to be lived again.
    static let replayed = number("SIMULATION_SEED")
    /// The listener's world that is to be lived again.
    static let replayedServer = number("SIMULATION_SERVER_SEED")
    /// How many times as long as usual to look for a seed that fails.
    static let scale = Double(number("SIMULATION_SCALE") ?? 1)

    private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
}
