import Base
import DequeModule

/// Which starts of which containers were told of, so that one that was seen both as an event and in a list is told once.
///
/// The oldest are forgotten first.
struct StartMemory {
    /// More containers than an engine runs.
    static let capacity = 10_000

    private var starts: [String: String] = [:]
    private var order: Deque<String> = []

    /// - Parameters:
    ///   - startedAt: of the document, as the engine writes it; empty is always new, because nothing tells that start from others.
    ///   - event: when the engine told of the start that the document was asked for; `nil` where a list named the container.
    /// - Returns: whether it is new.
    mutating func insert(_ id: String, startedAt: String, event: UnixTime?) -> Bool {
        // An engine tells of a start after it. The document is of a later one already, which has an event of its own: of a
        // container that starts again and again, each start is told.
        if let event, let started = UnixTime(rfc3339: startedAt), started > event { return true }
        guard startedAt.isEmpty || self.starts[id] != startedAt else { return false }
        if self.starts.updateValue(startedAt, forKey: id) == nil {
            self.order.append(id)
            if self.order.count > Self.capacity { self.starts[self.order.removeFirst()] = nil }
        }
        return true
    }
}
