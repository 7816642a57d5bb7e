import Glibc

/// Notices that the host slept: whatever was connected before is gone, and waiting for it would only take time.
struct SuspendWatch {
    /// Clock reading and scheduling differ by less on any machine; a shorter sleep keeps its connections.
    private static let limit = Duration.seconds(5)

    /// A clock that goes on while the host sleeps, and one that does not.
    private let clocks: () -> (boot: Duration, monotonic: Duration)
    private var asleep: Duration?

    init(clocks: @escaping () -> (boot: Duration, monotonic: Duration) = Self.systemClocks) {
        self.clocks = clocks
    }

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
        let now = self.clocks()
        return self.hasSlept(boot: now.boot, monotonic: now.monotonic)
    }

    private static func systemClocks() -> (boot: Duration, monotonic: Duration) {
        (self.read(CLOCK_BOOTTIME), self.read(CLOCK_MONOTONIC))
    }

    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
