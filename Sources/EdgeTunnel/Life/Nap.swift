import NIOConcurrencyHelpers

/// A wait that somebody else can cut short.
///
/// Concurrency: one task sleeps at a time; any thread may wake it. A wake without a sleeper is kept for the next one.
final class Nap: Sendable {
    private struct Contents {
        var sleeper: Task<Void, Never>?
        var isWoken = false
    }

    private let contents = NIOLockedValueBox(Contents())

    /// - Returns: whether it was woken, rather than slept out or cancelled.
    func sleep(until deadline: ContinuousClock.Instant) async -> Bool {
        let sleeper = Task { _ = try? await Task.sleep(until: deadline, clock: .continuous) }
        let wokenBefore = self.contents.withLockedValue { contents in
            contents.sleeper = sleeper
            return contents.isWoken
        }
        if wokenBefore { sleeper.cancel() }
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
        return self.contents.withLockedValue { contents in
            defer { contents = Contents() }
            return contents.isWoken
        }
    }

    func wake() {
        self.contents.withLockedValue { contents in
            contents.isWoken = true
            contents.sleeper?.cancel()
        }
    }
}
