/// Time that the processors have spent since the host started, in ticks of the kernel's clock.
struct CPUTimes: Equatable {
    var busy: Int
    var idle: Int

    /// - Parameter stat: `/proc/stat`; its first line counts, in the order of proc(5).
    init?(parsing stat: String) {
        guard let line = stat.split(separator: "\n", maxSplits: 1).first, line.hasPrefix("cpu ") else { return nil }
        // user nice system idle iowait irq softirq steal; what guests use is in user already.
        let ticks = line.split(separator: " ").dropFirst().prefix(8).map { Int($0) ?? 0 }
        guard ticks.count >= 4 else { return nil }
        let waiting = ticks.count > 4 ? ticks[4] : 0
        self.idle = ticks[3].addingReportingOverflow(waiting).partialValue
        self.busy = ticks.reduce(0) { $0.addingReportingOverflow($1).partialValue } &- self.idle
    }

    /// The busy share since `earlier` in percent; 0 where the counters went backwards, as they do in some machines.
    func usage(since earlier: CPUTimes) -> Double {
        let (busy, idle) = (self.busy &- earlier.busy, self.idle &- earlier.idle)
        guard busy >= 0, idle >= 0, busy + idle > 0 else { return 0 }
        return Double(busy) / Double(busy + idle) * 100
    }

    /// Processors that are online, by their lines in `/proc/stat`.
    static func cores(parsing stat: String) -> Int {
        stat.split(separator: "\n").filter { $0.hasPrefix("cpu") && $0.dropFirst(3).first?.isNumber == true }.count
    }
}
