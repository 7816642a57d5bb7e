package import Base
import Synchronization

/// The counters that all doors of the listener share: one for refused credentials, one for malformed enrollments.
///
/// Concurrency: any thread.
package final class AttemptLimits: Sendable {
    private let refusals: Mutex<RateLimiter>
    private let malformed: Mutex<RateLimiter>

    package init(capacity: Int = 10_000) {
        self.refusals = Mutex(RateLimiter(capacity: capacity))
        self.malformed = Mutex(RateLimiter(capacity: capacity))
    }

    /// Whole seconds for `Retry-After` if the client failed too often; `nil` if it may try.
    package func secondsToWait(_ client: ClientAddress, at now: Moment) -> Int? {
        self.refusals.withLock { $0.secondsToWait(client.address, at: now.steady) }
    }

    package func recordRefusal(of client: ClientAddress, at now: Moment) {
        self.refusals.withLock { $0.recordFailure(of: client.address, at: now.steady) }
    }

    /// - Parameter isCostly: it took a derivation to refuse, so it counts even if it is a repetition.
    func recordRefusal(of attempt: FailedAttempt, isCostly: Bool = false, at now: Moment) {
        self.refusals.withLock {
            $0.recordFailure(
                of: attempt.client.address,
                credential: attempt.credential,
                connection: attempt.connection,
                isCostly: isCostly,
                at: now.steady
            )
        }
    }

    func secondsToWaitAfterMalformed(_ client: ClientAddress, at now: Moment) -> Int? {
        self.malformed.withLock { $0.secondsToWait(client.address, at: now.steady) }
    }

    func recordMalformed(of client: ClientAddress, at now: Moment) {
        self.malformed.withLock { $0.recordFailure(of: client.address, at: now.steady) }
    }
}

/// A credential that was refused, as far as the limits tell it from others.
struct FailedAttempt: Sendable {
    let client: ClientAddress
    /// A hash of what was presented.
    let credential: Int
    let connection: UInt64?
}
