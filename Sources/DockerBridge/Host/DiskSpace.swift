import Base
import Glibc

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
