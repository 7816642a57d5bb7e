import CProcess
import Glibc

enum ProcessMemory {
    /// Keeps the allocator from growing one arena per thread: the agent has few threads and runs for months.
    static func limitArenas() {
        _ = mallopt(M_ARENA_MAX, 2)
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
