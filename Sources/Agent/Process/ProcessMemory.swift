import CProcess
import Glibc

enum ProcessMemory {
    /// Blocks from this size on are mapped one by one. The agent's hot paths use none as large.
    private static let mappedBytes: CInt = 256 * 1024

    /// Has the allocator give back what is freed: the agent runs for months.
    ///
    /// It grows two arenas instead of one per thread. Large blocks, as answers gathered whole need them, return to the
    /// system when they are freed; left to itself glibc raises that bound to 32 MiB with the first one that is freed, and
    /// keeps everything below it.
    static func configureAllocator() {
        _ = mallopt(M_ARENA_MAX, 2)
        _ = mallopt(M_MMAP_THRESHOLD, self.mappedBytes)
    }

    /// Returns to the system what the allocator holds and nobody uses.
    static func giveBack() {
        _ = malloc_trim(0)
    }

    /// Bytes that the program has allocated and not freed.
    static var usedBytes: Int {
        let info = mallinfo2()
        return Int(info.uordblks) + Int(info.hblkhd)
    }

    /// Bytes in memory that are this process's own; `nil` without /proc.
    static var privateBytes: Int? {
        guard let file = fopen("/proc/self/statm", "re") else { return nil }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 256)
        let count = fread(&line, 1, line.count, file)
        // Pages: size, resident, shared with files.
        let fields = String(decoding: line.prefix(count), as: UTF8.self).split(separator: " ").compactMap { Int($0) }
        guard fields.count > 2 else { return nil }
        return (fields[1] - fields[2]) * Int(sysconf(CInt(_SC_PAGESIZE)))
    }
}
