import Base
import Glibc

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

    /// The space of the disk, where it was measured.
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

/// Room on one file system, in bytes.
package struct DiskSpace: Equatable, Sendable {
    package var total: Int
    package var used: Int
    /// For those who are not root.
    package var free: Int

    /// Blocks, for ever where the path is on a server that has gone.
    ///
    /// - Throws: why the path's file system cannot be asked.
    static func of(_ path: String) throws(SystemFault) -> DiskSpace {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { throw .last }
        let block = Int(clamping: info.f_frsize)
        func bytes(_ blocks: some BinaryInteger) -> Int {
            let (product, isTooLarge) = Int(clamping: blocks).multipliedReportingOverflow(by: block)
            return isTooLarge ? .max : product
        }
        let total = bytes(info.f_blocks)
        return DiskSpace(total: total, used: max(0, total - bytes(info.f_bfree)), free: bytes(info.f_bavail))
    }
}
