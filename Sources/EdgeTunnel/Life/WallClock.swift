import Glibc

/// The time of day, for what the wire dates.
enum WallClock {
    /// Unix seconds.
    static var seconds: Int64 { Int64(self.now.tv_sec) }

    /// Unix milliseconds.
    static var milliseconds: Int { self.now.tv_sec * 1000 + self.now.tv_nsec / 1_000_000 }

    private static var now: timespec {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time
    }
}
