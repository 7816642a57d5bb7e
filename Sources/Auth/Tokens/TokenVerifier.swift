import DequeModule
import Dispatch
import Synchronization

/// Checks presented tokens against an Argon2id hash.
///
/// The first token that verifies is remembered by its SHA-256; from then on every token is only compared with that,
/// which costs a microsecond instead of a derivation. There is one token, so there is one digest. Before that, the last
/// tokens that failed are remembered too, so that repeating one costs no further derivation.
///
/// Concurrency: `known` is read from any thread. Derivations run on a queue of their own, never on the caller's.
package final class TokenVerifier: Sendable {
    /// What became of a presented token.
    package enum Outcome: Hashable, Sendable {
        case valid
        /// - Parameter isDerived: whether this answer cost a derivation.
        case invalid(isDerived: Bool)
        /// Two derivations ran for as long as the caller could wait, or there was no memory for one.
        case busy
    }

    private struct State {
        var queue = DerivationSlots()
        var callers: [DerivationSlots.Ticket: CheckedContinuation<Bool, Never>] = [:]
        var known: SHA256Digest?
        var refused = Deque<SHA256Digest>()

        mutating func remember(_ digest: SHA256Digest, isValid: Bool) {
            guard !isValid else {
                self.known = digest
                self.refused = Deque()
                return
            }
            if self.refused.count >= TokenVerifier.maxRefused { _ = self.refused.popFirst() }
            self.refused.append(digest)
        }

        func hasRefused(_ digest: SHA256Digest) -> Bool {
            (0..<self.refused.count).contains { self.refused[$0] == digest }
        }
    }

    /// Looked through one by one, which costs nothing beside a derivation.
    private static let maxRefused = 64

    private let state = Mutex(State())
    private let derive: @Sendable (String) async -> Bool?
    private let sleep: @Sendable (Duration) async throws -> Void

    package convenience init(_ hash: TokenHash) {
        let derivations = DispatchQueue(label: "token-derivation", attributes: .concurrent)
        self.init { token in
            await withCheckedContinuation { continuation in
                derivations.async {
                    let bytes = Array(token.utf8)
                    continuation.resume(returning: hash.matches(bytes.span))
                }
            }
        } sleep: {
            try await Task.sleep(for: $0)
        }
    }

    /// - Parameters:
    ///   - derive: whether a token is the right one; `nil` if that cannot be found out.
    ///   - sleep: waits out a caller's patience. Tests choose when either returns.
    init(
        derive: @escaping @Sendable (String) async -> Bool?,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.derive = derive
        self.sleep = sleep
    }

    /// The answer if it is known without a derivation.
    package func quickAnswer(_ token: String) -> Bool? {
        self.quickAnswer(SHA256Digest(of: token))
    }

    private func quickAnswer(_ digest: SHA256Digest) -> Bool? {
        self.state.withLock { state in
            if let known = state.known { return known == digest }
            return state.hasRefused(digest) ? false : nil
        }
    }

    package func verify(_ token: String) async -> Outcome {
        let digest = SHA256Digest(of: token)
        if let isValid = self.quickAnswer(digest) { return isValid ? .valid : .invalid(isDerived: false) }
        guard await self.takePlace() else { return .busy }
        defer { self.leavePlace() }
        // Another caller may have succeeded while this one waited.
        if let isValid = self.quickAnswer(digest) { return isValid ? .valid : .invalid(isDerived: false) }
        guard let isValid = await self.derive(token) else { return .busy }
        self.state.withLock { $0.remember(digest, isValid: isValid) }
        return isValid ? .valid : .invalid(isDerived: true)
    }

    /// - Returns: false if no place became free in time.
    private func takePlace() async -> Bool {
        await withCheckedContinuation { continuation in
            // The caller is entered together with its ticket, because its turn may come at once.
            let arrival = self.state.withLock { state in
                let arrival = state.queue.arrive()
                if case .wait(let ticket) = arrival {
                    state.callers[ticket] = continuation
                }
                return arrival
            }
            switch arrival {
            case .run: continuation.resume(returning: true)
            case .refuse: continuation.resume(returning: false)
            case .wait(let ticket):
                Task {
                    try? await self.sleep(DerivationSlots.maxWait)
                    self.giveUp(ticket)
                }
            }
        }
    }

    private func leavePlace() {
        let next = self.state.withLock { state in
            state.queue.finish().flatMap { state.callers.removeValue(forKey: $0) }
        }
        next?.resume(returning: true)
    }

    private func giveUp(_ ticket: DerivationSlots.Ticket) {
        let caller = self.state.withLock { state in
            state.queue.giveUp(ticket)
            return state.callers.removeValue(forKey: ticket)
        }
        caller?.resume(returning: false)
    }
}
