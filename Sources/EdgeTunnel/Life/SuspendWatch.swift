import Glibc

/// Notices that the host slept: whatever was connected before is gone, and waiting for it would only take time.
struct SuspendWatch {
    /// Clock reading and scheduling differ by less on any machine; a shorter sleep keeps its connections.
    private static let limit = Duration.seconds(5)

    private var asleep: Duration?

    /// - Parameters:
    ///   - boot: a clock that goes on while the host sleeps.
    ///   - monotonic: one that does not.
    /// - Returns: whether the host slept since the last call.
    mutating func hasSlept(boot: Duration, monotonic: Duration) -> Bool {
        let asleep = boot - monotonic
        defer { self.asleep = asleep }
        guard let before = self.asleep else { return false }
        return asleep - before >= Self.limit
    }

    mutating func hasSlept() -> Bool {
        self.hasSlept(boot: Self.read(CLOCK_BOOTTIME), monotonic: Self.read(CLOCK_MONOTONIC))
    }

    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
