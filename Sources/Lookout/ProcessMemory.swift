import CMalloc

/// Keeps the allocator from growing one arena per thread: the agent has few threads and runs for months.
enum ProcessMemory {
    static func limitArenas() {
        _ = mallopt(M_ARENA_MAX, 2)
    }
}
