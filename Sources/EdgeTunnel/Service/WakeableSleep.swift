import NIOConcurrencyHelpers

/// A wait that something else can cut short.
///
/// Concurrency: one task sleeps at a time; any thread may wake it. A wake without a sleeper is kept for the next one, until
/// it is forgotten.
final class WakeableSleep: Sendable {
    private struct Contents {
        var sleeper: Task<Void, Never>?
        var wake: Wake?
    }

    private let contents = NIOLockedValueBox(Contents())

    /// - Returns: what woke it; `nil` when it was slept out or cancelled.
    func sleep(until deadline: ContinuousClock.Instant) async -> Wake? {
        let sleeper = Task { _ = try? await Task.sleep(until: deadline, clock: .continuous) }
        let isWoken = self.contents.withLockedValue { contents in
            contents.sleeper = sleeper
            return contents.wake != nil
        }
        if isWoken { sleeper.cancel() }
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
        return self.contents.withLockedValue { contents in
            defer { contents = Contents() }
            return contents.wake
        }
    }

    /// Of two wakes the stronger one counts.
    func wake(_ wake: Wake) {
        self.contents.withLockedValue { contents in
            contents.wake = contents.wake.map { max($0, wake) } ?? wake
            contents.sleeper?.cancel()
        }
    }

    /// A wake that came too early counts no longer.
    func forget() {
        self.contents.withLockedValue { $0.wake = nil }
    }
}

/// What may have an agent that waits dial sooner.
enum Wake: Int, Comparable {
    /// SIGHUP: files may have changed. It is also sent by whatever rotates logs, to whole fleets at the same minute.
    case reload
    /// `lookout dial`.
    case dial

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What a SIGHUP means to an agent that waits.
enum ReloadRule {
    /// - Parameters:
    ///   - spread: a fleet that hears of it at once dials over this time.
    ///   - hasNewKey: a key or passphrase file is another one than at the last dial.
    ///   - hasNewTrust: a certificate file is.
    ///   - isParked: only a person can help, and may have done so at the controller.
    ///   - slot: 0..<1, at random.
    /// - Returns: how long to wait with the dial; `nil` goes on waiting as planned.
    static func wait(
        hasNewKey: Bool,
        hasNewTrust: Bool,
        isParked: Bool,
        spread: Duration,
        slot: Double
    ) -> Duration? {
        if hasNewKey { return .zero }
        return hasNewTrust || isParked ? spread * slot : nil
    }
}
