import Glibc

/// Room on one file system, in bytes.
struct DiskSpace: Equatable, Sendable {
    var total = 0
    var used = 0
    /// For those who are not root.
    var free = 0

    /// Blocks, for ever where the path is on a server that has gone.
    ///
    /// - Returns: `nil` where there is no such path.
    static func of(_ path: String) -> DiskSpace? {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { return nil }
        let block = Int(clamping: info.f_frsize)
        func bytes(_ blocks: some BinaryInteger) -> Int {
            let (product, isTooLarge) = Int(clamping: blocks).multipliedReportingOverflow(by: block)
            return isTooLarge ? .max : product
        }
        let total = bytes(info.f_blocks)
        return DiskSpace(total: total, used: max(0, total - bytes(info.f_bfree)), free: bytes(info.f_bavail))
    }
}
