import NIOCore
import Policy
import Synchronization

/// The containers of this host by id and by name, so that a policy need not ask the engine about each request.
///
/// It says nothing rather than something old. A container that an event tells of is left out from the moment that the event is
/// read until it has been inspected again, and nothing is said while the engine's events are not followed, or wait unread. A name
/// also counts for nothing for some seconds after a request that may have given it to another container: the client has the
/// engine's answer to it, and may ask next, before the event comes.
///
/// Concurrency: any thread.
package final class ContainerDirectory: Sendable {
    /// What an inspect document says.
    package struct Entry: Sendable, Equatable {
        /// The full id.
        package let id: String
        let facts: RequestFacts.Container

        /// - Parameters:
        ///   - name: without the slash in front.
        ///   - image: as the container was created with it.
        /// - Returns: `nil` for a container that only the engine can say more of: its image may be known by an id alone.
        package init?(id: String, name: String, labels: [String: String], image: String) {
            guard !ImageName.mayBeID(image) else { return nil }
            self.id = id
            self.facts = .init(name: name, labels: labels, image: ImageName(image))
        }
    }

    /// A point in the order of what was heard.
    package struct Mark: Sendable, Equatable {
        fileprivate var number = 0
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var ids: [String: String] = [:]
        /// Containers that an event told of since they were inspected, and when.
        var unsettled: [String: Mark] = [:]
        var mark = Mark()
        /// Inspects that began before it say something old.
        var floor = Mark()
        /// All containers have been looked at since the events are followed.
        var isFilled = false
        /// The engine's events are read as they come.
        var follows = false
        /// Requests under way that may give a name to another container, and the end of the last one.
        var moving = 0
        var movedAt: NIODeadline?

        init() {}

        /// With nothing known.
        init(after state: State) {
            (self.mark, self.floor) = (state.mark, state.mark)
            (self.moving, self.movedAt) = (state.moving, state.movedAt)
        }

        mutating func forget(_ id: String) {
            guard let entry = self.entries.removeValue(forKey: id) else { return }
            if self.ids[entry.facts.name] == id { self.ids[entry.facts.name] = nil }
        }
    }

    /// From the answer of an engine to the event that belongs to it: milliseconds, and more on a host that is busy.
    static let nameRest = TimeAmount.seconds(5)
    /// Of containers that wait for an inspect; the inventory takes as many.
    static let mostUnsettled = 16_384

    private let state = Mutex(State())

    package init() {}

    // MARK: Asking

    /// - Parameter reference: as a request names it.
    /// - Returns: `nil` where the engine must be asked. The beginning of an id is such a reference: a container that is not
    ///   known yet may have it, too.
    func find(_ reference: String, now: NIODeadline) -> Entry? {
        self.state.withLock { state in
            guard state.isFilled, state.follows else { return nil }
            if let entry = state.entries[reference] { return entry }
            guard state.moving == 0, state.movedAt.map({ now - $0 >= Self.nameRest }) ?? true else { return nil }
            return state.ids[reference].flatMap { state.entries[$0] }
        }
    }

    // MARK: Requests

    /// A request begins that may give a name to another container.
    func namesBeginToMove() {
        self.state.withLock { $0.moving += 1 }
    }

    func namesHaveMoved(now: NIODeadline) {
        self.state.withLock { state in
            state.moving -= 1
            state.movedAt = max(state.movedAt ?? now, now)
        }
    }

    // MARK: What the inventory learns

    /// Where an inspect begins that is told with `learn`.
    package var mark: Mark { self.state.withLock { $0.mark } }

    /// An event tells of a container that is new, gone, or called something else.
    package func heard(of id: String) {
        self.state.withLock { state in
            state.mark.number += 1
            state.forget(id)
            state.unsettled[id] = state.mark
            // Nothing can be said of what is not remembered, so nothing is said at all until the next look.
            if state.unsettled.count > Self.mostUnsettled { state = State(after: state) }
        }
    }

    /// - Parameters:
    ///   - entry: `nil` where the engine has not said enough.
    ///   - mark: taken before the engine was asked: an event since then has made the answer old.
    package func learn(_ id: String, _ entry: Entry?, asked mark: Mark) {
        self.state.withLock { state in
            guard mark.number >= max(state.floor.number, state.unsettled[id]?.number ?? 0) else { return }
            state.unsettled[id] = nil
            state.forget(id)
            guard let entry else { return }
            state.entries[id] = entry
            state.ids[entry.facts.name] = id
        }
    }

    /// A container is gone.
    package func removed(_ id: String) {
        self.state.withLock { state in
            state.unsettled[id] = nil
            state.forget(id)
        }
    }

    /// All containers of the engine's list have been looked at.
    ///
    /// - Parameters:
    ///   - present: their ids. What else is known is gone.
    ///   - follows: whether the events are read as they come, which a look makes good for what waited.
    package func looked(at present: Set<String>, follows: Bool) {
        self.state.withLock { state in
            for id in state.entries.keys where !present.contains(id) { state.forget(id) }
            for id in state.unsettled.keys where !present.contains(id) { state.unsettled[id] = nil }
            (state.isFilled, state.follows) = (true, follows)
        }
    }

    /// - Parameter follows: `false` where events wait unread.
    package func follows(_ follows: Bool) {
        self.state.withLock { $0.follows = follows }
    }

    /// The events are followed no longer.
    package func close() {
        self.state.withLock { $0 = State(after: $0) }
    }
}

extension Operation {
    /// Whether a request may give the name of one container to another.
    var movesNames: Bool {
        switch self {
        case .containersCreate, .containersRename, .swarmWrite, .unknown: true
        default: false
        }
    }
}
