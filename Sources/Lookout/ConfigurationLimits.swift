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
