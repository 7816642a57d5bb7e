/// Reads the texts of `/proc`, as far as they make sense.
extension HostFigures {
    /// - Parameter text: `/proc/meminfo`, in KiB.
    mutating func readMemory(_ text: String) {
        var sizes: [Substring: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let kibibytes = parts[1].split(separator: " ").first.flatMap({ Int($0) }) else {
                continue
            }
            sizes[parts[0]] = kibibytes.multipliedReportingOverflow(by: 1024).partialValue
        }
        func size(_ name: Substring) -> Int { max(0, sizes[name] ?? 0) }
        self.memoryTotal = size("MemTotal")
        self.memoryUsed = max(0, self.memoryTotal - size("MemFree"))
        // Kernels before 3.14 do not say what is available.
        let guess = min(size("MemFree") + size("Buffers") + size("Cached"), self.memoryTotal)
        self.memoryFree = sizes["MemAvailable"].map { max(0, $0) } ?? guess
    }

    /// - Parameter text: `/proc/net/dev`.
    mutating func readNetwork(_ text: String) {
        self.networkReceived = 0
        self.networkSent = 0
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) != "lo" else { continue }
            // Eight numbers received, then eight sent; the first of each are bytes.
            let numbers = parts[1].split(separator: " ")
            guard numbers.count >= 9, let received = Int(numbers[0]), let sent = Int(numbers[8]) else { continue }
            self.networkReceived = self.networkReceived.addingReportingOverflow(received).partialValue
            self.networkSent = self.networkSent.addingReportingOverflow(sent).partialValue
        }
    }

    /// - Parameter text: `/proc/uptime`, in seconds with a fraction.
    mutating func readUptime(_ text: String) {
        self.uptime = Int(text.prefix { $0.isNumber }) ?? 0
    }
}

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
