import DockerBridge
import NIOCore

/// How much the agent takes on, and what it leaves behind.
extension Configuration {
    /// Far below, not even one engine read for each of a handful of streams would fit.
    private static let memoryBudgets = (1 << 20)...(4 << 30)

    static func limits(_ reader: inout EnvironmentReader) -> RequestDispatcher.Limits {
        var limits = RequestDispatcher.Limits()
        let seconds = reader.integer("REQUEST_TIMEOUT", default: 30, in: 0...3600)
        limits.requestTimeout = seconds == 0 ? nil : .seconds(Int64(seconds))
        limits.memory = reader.bytes("MEMORY_BUDGET", default: MemoryBudget.defaultLimit, in: Self.memoryBudgets)
        limits.orphans = reader.choice("EXEC_ORPHANS", default: .kill)
        return limits
    }

    static func sessions(_ reader: inout EnvironmentReader) -> SessionLimits {
        var limits = SessionLimits()
        // Each may hold one read off the engine's socket beside MEMORY_BUDGET: 64 MiB for a thousand.
        limits.execs = reader.integer("MAX_EXEC_SESSIONS", default: limits.execs, in: 1...1000)
        if reader.string("MAX_STREAM_SESSIONS") != nil {
            limits.streams = reader.integer("MAX_STREAM_SESSIONS", default: 1, in: 1...65536)
        }
        return limits
    }
}

/// Long sessions at a time, in either mode.
struct SessionLimits: Equatable {
    var execs = 100
    /// `nil` for no limit of their own.
    var streams: Int?
}

extension EnvironmentReader {
    /// A number of bytes, or of KiB, MiB or GiB with `k`, `m` or `g` behind it.
    mutating func bytes(_ name: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = self.string(name) else { return fallback }
        let shift: Int
        switch text.last {
        case "k", "K": shift = 10
        case "m", "M": shift = 20
        case "g", "G": shift = 30
        default: shift = 0
        }
        guard let number = Int(shift == 0 ? text[...] : text.dropLast()), number <= range.upperBound >> shift,
            range.contains(number << shift)
        else {
            self.problem(
                name,
                "is '\(text)'; it must be a number of bytes from \(Self.short(range.lowerBound)) "
                    + "to \(Self.short(range.upperBound)), as in 64m"
            )
            return fallback
        }
        return number << shift
    }

    private static func short(_ bytes: Int) -> String {
        bytes >= 1 << 30 ? "\(bytes >> 30)g" : "\(bytes >> 20)m"
    }
}
