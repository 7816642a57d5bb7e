import DequeModule

/// Which starts of which containers were told of, so that one that was seen both as an event and in a list is told once.
///
/// The oldest are forgotten first.
struct StartMemory {
    /// More containers than an engine runs.
    static let capacity = 10_000

    private var starts: [String: String] = [:]
    private var order: Deque<String> = []

    /// - Parameter startedAt: as the engine writes it; empty is always new, as it is no start that could be recognised.
    /// - Returns: whether it is new.
    mutating func insert(_ id: String, startedAt: String) -> Bool {
        guard startedAt.isEmpty || self.starts[id] != startedAt else { return false }
        if self.starts.updateValue(startedAt, forKey: id) == nil {
            self.order.append(id)
            if self.order.count > Self.capacity { self.starts[self.order.removeFirst()] = nil }
        }
        return true
    }
}
