import NIOCore
package import Policy
import Synchronization

/// Asks the policy of this host about the requests of peers, for all dispatchers.
///
/// Concurrency: any thread. Another policy may take the place of the one that holds; a request under way keeps to the one that
/// it was judged by.
package final class PolicyKeeper: Sendable {
    /// What was asked for, and what became of it.
    package struct Objection: Sendable {
        package let operation: Operation
        package let facts: RequestFacts
        /// Of the file of rules; `nil` where no rule denies.
        package let line: Int?
        package let sentence: String
        /// Whether the request went no further.
        package let isRefused: Bool

        package init(operation: Operation, facts: RequestFacts, line: Int?, sentence: String, isRefused: Bool) {
            (self.operation, self.facts, self.line) = (operation, facts, line)
            (self.sentence, self.isRefused) = (sentence, isRefused)
        }
    }

    /// Both are called on the event loop of the request, and do not wait.
    package struct Observer: Sendable {
        package var objected: @Sendable (Objection) -> Void
        /// Of each request with `POLICY_MODE=learn`.
        package var saw: @Sendable (Operation, RequestFacts) -> Void

        package init(
            objected: @escaping @Sendable (Objection) -> Void = { _ in },
            saw: @escaping @Sendable (Operation, RequestFacts) -> Void = { _, _ in }
        ) {
            (self.objected, self.saw) = (objected, saw)
        }
    }

    enum Ruling {
        case passes
        /// The answer carries the text as a `Warning`.
        case warns(String)
        /// The answer is 403 with this JSON.
        case refuses(ByteBuffer)
        case needs(RequestFacts.Needs)
    }

    /// The containers that are known without asking the engine.
    package let directory = ContainerDirectory()
    private let host: String
    let mode: PolicyMode
    private let observer: Observer
    private let held: Mutex<HostPolicy>

    /// - Parameter host: the agent's name, for refusals.
    package init(_ policy: HostPolicy, mode: PolicyMode, host: String, observer: Observer = Observer()) {
        (self.host, self.mode, self.observer) = (host, mode, observer)
        self.held = Mutex(policy)
    }

    /// The one that holds.
    package var policy: HostPolicy { self.held.withLock { $0 } }

    package func replace(with policy: HostPolicy) {
        self.held.withLock { $0 = policy }
    }

    /// Whether a request passes whatever else is known of it: a bit test, or two for a start, which may bring settings.
    ///
    /// - Parameter others: what an engine may take it for besides.
    func passesOutright(_ operation: Operation, _ others: OperationSet = OperationSet()) -> Bool {
        guard self.mode != .learn else { return false }
        return self.held.withLock { policy in
            policy.allowed.contains(operation) && policy.allowed.isSuperset(of: others)
                && (operation != .containersStart || policy.allowed.contains(.containersCreate))
        }
    }

    /// Whether the body of a request must be there before it can be judged.
    func needsBody(_ operation: Operation) -> Bool {
        switch operation {
        case .containersCreate, .containersStart, .execCreate, .networksConnect, .networksDisconnect:
            !self.passesOutright(operation)
        default: false
        }
    }

    func rule(on claims: RequestClaims) -> Ruling {
        let ruling =
            self.mode == .learn
            ? self.learn(claims.operation, claims.facts)
            : self.rule(on: claims.operation, claims.facts, reference: claims.container)
        guard case .passes = ruling, let besides = claims.besides else { return ruling }
        return self.rule(on: besides)
    }

    /// For an operation of the agent's own, about which nothing more can be found out.
    func refusal(of operation: Operation, _ facts: RequestFacts) -> ByteBuffer? {
        if self.mode == .learn {
            self.observer.saw(operation, facts)
            return nil
        }
        guard case .refuses(let body) = self.rule(on: operation, facts.settled, reference: nil) else { return nil }
        return body
    }

    /// - Parameter reference: by which the request names its container, for what was not found.
    private func rule(on operation: Operation, _ facts: RequestFacts, reference: String?) -> Ruling {
        let policy = self.policy
        switch policy.decide(operation, facts) {
        case .allowed: return .passes
        case .needs(let needs): return .needs(needs)
        case .denied(let reason):
            let refusal = PolicyRefusal(host: self.host, operation, reason, policy, facts, reference: reference)
            let isRefused = self.mode == .enforce
            self.observer.objected(
                Objection(
                    operation: operation,
                    facts: facts,
                    line: refusal.line,
                    sentence: refusal.sentence,
                    isRefused: isRefused
                )
            )
            // The text of a header field: the names of operations have no quotation marks.
            guard isRefused else { return .warns("299 lookout \"policy denies \(operation.rawValue)\"") }
            return .refuses(ByteBuffer(string: refusal.json))
        }
    }

    private func learn(_ operation: Operation, _ facts: RequestFacts) -> Ruling {
        let needs = SeenRequests.needs(operation)
        if needs.contains(.container), facts.container == .unasked { return .needs(needs) }
        if needs.contains(.images), facts.images == .unasked { return .needs(needs) }
        self.observer.saw(operation, facts)
        return .passes
    }
}
