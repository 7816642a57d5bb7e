import Base
import DequeModule
import HTTPWire

/// Where the stream of events was left, so that the next one goes on there: no gap, and nothing twice.
package struct EventCursor: Sendable {
    /// As many as an engine keeps for those who ask for the past.
    private static let remembered = 256

    /// Nanoseconds since 1970 of the newest event, or of the engine's clock when the first stream began.
    private var newest: Int?
    private var recent: Deque<Int> = []

    package init() {}

    /// - Parameter actions: of containers; `nil` for all.
    /// - Returns: what to ask the engine for, to go on from here.
    func target(actions: Set<String>? = nil) -> String {
        let names = actions.map { $0.sorted().map { "%22\($0)%22" }.joined(separator: "%2C") }
        let filter = names.map { "%2C%22event%22%3A%5B\($0)%5D" } ?? ""
        let target = "/events?filters=%7B%22type%22%3A%5B%22container%22%5D\(filter)%7D"
        return self.since.map { "\(target)&since=\($0)" } ?? target
    }

    /// A stream begins: its head tells the engine's own clock.
    mutating func began(_ head: ResponseHead) {
        guard let date = head.fields.first("date"), let seconds = HTTPDate.seconds(date) else { return }
        self.began(at: Int(seconds))
    }

    /// - Parameter seconds: the engine's own clock, for a stream that breaks before anything happened.
    mutating func began(at seconds: Int) {
        guard self.newest == nil, seconds < Int.max / 1_000_000_000 else { return }
        self.newest = seconds * 1_000_000_000
    }

    /// What to ask for: seconds with a fraction, as engines take it. It includes that moment, and some engines go by whole
    /// seconds, so what comes again is left out by `take`.
    var since: String? {
        guard let newest else { return nil }
        let fraction = String(newest % 1_000_000_000)
        return "\(newest / 1_000_000_000)." + String(repeating: "0", count: 9 - fraction.count) + fraction
    }

    /// - Returns: whether the event is new.
    mutating func take(_ event: EngineEvent) -> Bool {
        // An event may be a megabyte of labels, so only a hash of it is kept.
        let mark = event.hashValue
        guard !self.recent.contains(mark) else { return false }
        if self.recent.count == Self.remembered { self.recent.removeFirst() }
        self.recent.append(mark)
        self.newest = max(self.newest ?? 0, event.time)
        return true
    }
}
