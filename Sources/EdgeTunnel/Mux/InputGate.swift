import NIOCore

/// Decides when the tunnel stops reading because processes are slow to take their input.
///
/// Pausing the tunnel holds up everything, so it is the last resort: it begins when a session has `pauseBytes` waiting,
/// or less while memory is short, and ends as soon as none has. Who does not catch up within `patience` loses its session, not the tunnel.
struct InputGate {
    /// A terminal never gets there; a paste into a slow process does.
    static let pauseBytes = 1 << 20
    /// What a session may have waiting while memory is short.
    static let scarcePauseBytes = 64 * 1024
    /// Well below the 60 s after which a controller gives up on an agent that does not answer its pings.
    static let patience = TimeAmount.seconds(10)

    enum Change: Equatable {
        case none
        case pause
        case resume
    }

    private(set) var full: Set<String> = []

    /// `id` has `waiting` bytes of input queued.
    mutating func updated(_ id: String, waiting: Int, isMemoryShort: Bool) -> Change {
        if waiting >= (isMemoryShort ? Self.scarcePauseBytes : Self.pauseBytes) {
            return self.full.insert(id).inserted && self.full.count == 1 ? .pause : .none
        }
        return self.removed(id)
    }

    mutating func removed(_ id: String) -> Change {
        self.full.remove(id) != nil && self.full.isEmpty ? .resume : .none
    }
}
