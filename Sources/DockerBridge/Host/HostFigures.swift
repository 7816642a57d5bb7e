/// How much of this host is in use. What could not be found out is 0.
package struct HostFigures: Equatable, Sendable {
    /// Busy share of all processors since the sample before, 0…100; the first sample has 0.
    package var cpuUsage = 0.0
    package var cpuCores = 0
    /// Bytes, as are all below.
    package var memoryTotal = 0
    package var memoryUsed = 0
    /// What programs could still get.
    package var memoryFree = 0
    /// The file system that holds the engine's data.
    package var disk = Disk.unknown("it has not been looked at yet")
    /// Since the interfaces came up, over all but loopback.
    package var networkReceived = 0
    package var networkSent = 0
    /// Seconds.
    package var uptime = 0

    package init() {}

    package enum Disk: Equatable, Sendable {
        case measured(DiskSpace)
        /// Why it could not be, as a clause.
        case unknown(String)

        package var space: DiskSpace? {
            guard case .measured(let space) = self else { return nil }
            return space
        }
    }
}
