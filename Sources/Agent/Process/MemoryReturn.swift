import CProcess
import Glibc
import NIOCore

/// Has the allocator give back what a burst has left behind.
///
/// Small blocks of thousands of connections are freed in no order, and glibc keeps the pages between those that stay. Now
/// and then this compares what the process has in memory with what is in use, and returns the rest once it is much.
enum MemoryReturn {
    /// Well within the ten seconds in which a burst should be forgotten; a look costs some microseconds.
    private static let interval = TimeAmount.seconds(3)

    /// Called at the start: what is there then is no waste.
    ///
    /// - Parameter eventLoop: looks on it for as long as it runs.
    static func begin(on eventLoop: any EventLoop) {
        guard let atStart = ProcessMemory.privateBytes else { return }
        let waste = NIOLoopBoundBox.makeBoxSendingValue(
            AllocatorWaste(privateBytes: atStart, usedBytes: ProcessMemory.usedBytes),
            eventLoop: eventLoop
        )
        eventLoop.scheduleRepeatedTask(initialDelay: self.interval, delay: self.interval) { _ in
            guard let before = ProcessMemory.privateBytes,
                waste.value.isMuch(privateBytes: before, usedBytes: { ProcessMemory.usedBytes })
            else { return }
            ProcessMemory.giveBack()
            guard let after = ProcessMemory.privateBytes else { return }
            waste.value.gaveBack(privateBytes: after, usedBytes: ProcessMemory.usedBytes)
        }
    }
}

/// How much of the process's memory is unused, and whether giving it back is worth the work.
///
/// A part cannot be given back, ever: pages that hold one small block, stacks, the data of the program. It is learnt, so
/// that the work is done once for each burst.
struct AllocatorWaste {
    /// What may lie idle beyond that part.
    static let toleratedBytes = 6 << 20

    /// The least that the process ever had in memory.
    private var lowest: Int
    /// The least waste since everything possible was given back.
    private var lasting: Int

    /// Before the first request.
    init(privateBytes: Int, usedBytes: Int) {
        self.lowest = privateBytes
        self.lasting = max(privateBytes - usedBytes, 0)
    }

    /// - Parameters:
    ///   - privateBytes: in memory now.
    ///   - usedBytes: what the program has allocated of it; costs a walk through the free blocks.
    mutating func isMuch(privateBytes: Int, usedBytes: () -> Int) -> Bool {
        self.lowest = min(self.lowest, privateBytes)
        guard privateBytes >= self.lowest + Self.toleratedBytes else { return false }
        let waste = max(privateBytes - usedBytes(), 0)
        self.lasting = min(self.lasting, waste)
        return waste >= self.lasting + Self.toleratedBytes
    }

    /// All that could be given back has been.
    mutating func gaveBack(privateBytes: Int, usedBytes: Int) {
        self.lowest = min(self.lowest, privateBytes)
        self.lasting = max(privateBytes - usedBytes, 0)
    }
}

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

    /// Returns to the system what the allocator holds and the program does not use.
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
