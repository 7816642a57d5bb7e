/// What the engine's events leave to do: the containers to look at, and the newest events for those who pass them on.
///
/// What waits is bounded: a container waits once, however much happens to it, of the events themselves only the newest are
/// kept, and once the texts of all that came are `waitingBytes`, the engine is not read.
struct EventDigest: EventStore, Sendable {
    /// Events kept for those who pass them on.
    static let keptEvents = 256
    /// Bytes of event texts between two looks: some thousand events, where a busy host has ten a second.
    static let waitingBytes = 1 << 20

    /// Containers to look at, and those that are gone.
    var changed: [String] { self.containers.filter { !$0.value }.map(\.key) }
    var removed: [String] { self.containers.filter(\.value).map(\.key) }
    /// In the order they came.
    private(set) var events: [EngineEvent] = []
    /// Set once the stream is over.
    private(set) var end: StreamEnd?
    /// Of the texts of all events that came, dropped ones included.
    private(set) var bytes = 0
    /// By id; whether it was destroyed.
    private var containers: [String: Bool] = [:]

    var isEmpty: Bool { self.events.isEmpty && self.end == nil }
    var isFull: Bool { self.bytes >= Self.waitingBytes }

    mutating func take(_ event: EngineEvent, bytes: Int) {
        if self.events.count == Self.keptEvents { self.events.removeFirst() }
        self.events.append(event)
        self.bytes += bytes
        self.containers[event.containerID] = event.action == "destroy"
    }

    mutating func ended(_ end: StreamEnd) {
        self.end = end
    }
}

extension EngineStream<EventDigest> {
    /// What has gathered since the last time.
    func take() -> EventDigest {
        self.take { digest in
            defer { digest = EventDigest() }
            return digest
        }
    }
}
