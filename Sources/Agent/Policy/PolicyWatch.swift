import Base
import DockerBridge
import NIOCore
import Policy
import Synchronization
import Trail

/// What the policy objected to, for the trail, the metrics page and the status, and what it saw with `POLICY_MODE=learn`.
///
/// Concurrency: any thread.
final class PolicyWatch: Sendable {
    /// One objection, as the status tells of it.
    struct Note: Sendable, Equatable {
        let time: UnixTime
        let sentence: String
        let isRefused: Bool
    }

    /// Requests that were denied, and whether they went no further.
    struct Count: Sendable, Equatable {
        var refused = 0
        var warned = 0
    }

    /// The newest notes that the status tells of.
    private static let keptNotes = 3

    private struct State {
        var counts: [Operation: Count] = [:]
        /// The newest one last.
        var notes: [Note] = []
        var seen = SeenRequests()
        /// Whether there is something that has not been written.
        var isSeenNews = false
    }

    private let trail: AuditTrail?
    private let now: @Sendable () -> UnixTime
    private let state: Mutex<State>

    /// - Parameter seen: what an earlier process has seen.
    init(
        trail: AuditTrail?,
        seen: SeenRequests = SeenRequests(),
        now: @escaping @Sendable () -> UnixTime = { .now }
    ) {
        (self.trail, self.now) = (trail, now)
        var state = State()
        state.seen = seen
        self.state = Mutex(state)
    }

    var observer: PolicyKeeper.Observer {
        PolicyKeeper.Observer(
            objected: { self.objected($0) },
            saw: { operation, facts in
                let time = self.now()
                self.state.withLock { state in
                    state.seen.add(operation, facts, at: time)
                    state.isSeenNews = true
                }
            }
        )
    }

    private func objected(_ objection: PolicyKeeper.Objection) {
        let time = self.now()
        let note = Note(time: time, sentence: objection.sentence, isRefused: objection.isRefused)
        self.state.withLock { state in
            if objection.isRefused {
                state.counts[objection.operation, default: Count()].refused += 1
            } else {
                state.counts[objection.operation, default: Count()].warned += 1
            }
            state.notes = (state.notes + [note]).suffix(Self.keptNotes)
        }
        var container = ""
        if case .known(let known) = objection.facts.container { container = known.name }
        self.trail?.record(
            .policy(
                at: time,
                operation: objection.operation.rawValue,
                identity: objection.facts.identity ?? "",
                container: container,
                line: objection.line,
                outcome: objection.isRefused ? .denied : .allowed
            )
        )
    }

    var counts: [Operation: Count] { self.state.withLock { $0.counts } }
    var notes: [Note] { self.state.withLock { $0.notes } }

    /// What was seen, where that is more than at the last call.
    func takeSeen() -> SeenRequests? {
        self.state.withLock { state in
            guard state.isSeenNews else { return nil }
            state.isSeenNews = false
            return state.seen
        }
    }
}

extension PolicyWatch {
    /// The member of the status that tells of the policy.
    func write(_ mode: PolicyMode, _ policy: HostPolicy, into json: inout JSONWriter<ByteBuffer>) {
        let counts = self.counts.values
        json.object("policy") { json in
            json.member("mode", mode.rawValue)
            json.member("restrictions", PolicySummary(policy).restrictions)
            json.member("refused", counts.map(\.refused).reduce(0, +))
            json.member("warned", counts.map(\.warned).reduce(0, +))
            json.array("last") { json in
                for note in self.notes.reversed() {
                    json.object { json in
                        json.member("time", note.time.rfc3339)
                        json.member("message", note.sentence)
                    }
                }
            }
        }
    }
}
