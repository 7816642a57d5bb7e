import DequeModule
import NIOCore

/// The engine's events of some kinds, one by one and in order, for a reader that must not miss any.
///
/// One reader. While it is busy, events wait here; once enough do, the engine is not read any further.
package struct EventSubscription: Sendable {
    private let tap: NIOLoopBound<EventTap>

    /// The next event; `nil` once the stream is over, or the caller's task is cancelled.
    package func next() async -> EngineEvent? {
        let (tap, promise) = (self.tap, self.tap.eventLoop.makePromise(of: EngineEvent?.self))
        return await withTaskCancellationHandler {
            tap.eventLoop.execute { tap.value.next(promise) }
            // It is never failed.
            return try? await promise.futureResult.get()
        } onCancel: {
            tap.eventLoop.execute { tap.value.stop() }
        }
    }

    /// Ends the stream.
    ///
    /// - Returns: where to go on, and why it ended if it did so by itself.
    package func close() async -> (cursor: EventCursor, end: String?) {
        let tap = self.tap
        // A loop that runs cannot refuse a task.
        return try! await tap.eventLoop.submit {
            tap.value.stop()
            return (tap.value.cursor, tap.value.end)
        }.get()
    }

    /// - Throws: `BridgeError` when the engine does not give its events.
    static func open(
        _ actions: [String],
        after cursor: EventCursor,
        on dispatcher: NIOLoopBound<RequestDispatcher>
    ) async throws -> EventSubscription {
        let (tap, refusal) = await StreamOpening.wait(on: dispatcher) { dispatcher, whenOpen in
            let tap = EventTap(actions: Set(actions), cursor: cursor, whenOpen: whenOpen)
            tap.start(on: dispatcher)
            return tap
        }
        if let refusal { throw BridgeError(.engineUnreachable, refusal.words) }
        return EventSubscription(tap: tap)
    }
}

/// The events that one reader has not asked for yet, in their order.
struct EventQueue: EventStore {
    /// Events that may wait, and bytes of their texts.
    static let capacity = 256
    static let capacityBytes = 1 << 20

    private var events: Deque<(event: EngineEvent, bytes: Int)> = []
    private(set) var bytes = 0

    var isEmpty: Bool { self.events.isEmpty }
    var isFull: Bool { self.events.count >= Self.capacity || self.bytes >= Self.capacityBytes }

    mutating func take(_ event: EngineEvent, bytes: Int) {
        self.events.append((event, bytes))
        self.bytes += bytes
    }

    mutating func popFirst() -> EngineEvent? {
        guard let (event, bytes) = self.events.popFirst() else { return nil }
        self.bytes -= bytes
        return event
    }
}

/// Hands events to one reader, which may ask before there is one.
///
/// Concurrency: lives on the dispatcher's event loop.
final class EventTap {
    private let stream: EngineStream<EventQueue>
    private var reader: EventLoopPromise<EngineEvent?>?

    /// - Parameter whenOpen: as `EngineStream` calls it.
    init(actions: Set<String>, cursor: EventCursor, whenOpen: @escaping (StreamEnd?) -> Void) {
        self.stream = EngineStream(actions, after: cursor, whenOpen: whenOpen)
        self.stream.whenFilled = { [weak self] in self?.filled() }
    }

    var cursor: EventCursor { self.stream.cursor }
    var end: String? { self.stream.end?.words }
    var isWritable: Bool { self.stream.isWritable }

    func start(on dispatcher: RequestDispatcher) {
        self.stream.start(on: dispatcher)
    }

    func next(_ promise: EventLoopPromise<EngineEvent?>) {
        if let event = self.stream.take({ $0.popFirst() }) {
            promise.succeed(event)
        } else if self.stream.isOver {
            promise.succeed(nil)
        } else {
            self.reader = promise
        }
    }

    /// The reader has left.
    func stop() {
        self.stream.stop()
        self.reader.take()?.succeed(nil)
    }

    /// An event came for the reader that waits, or none will.
    private func filled() {
        if let reader = self.reader.take() { self.next(reader) }
    }
}

extension EngineAPI {
    /// Follows some kinds of events of containers, such as `start`.
    ///
    /// - Throws: `BridgeError` when the engine does not give its events.
    package func events(_ actions: [String], after cursor: EventCursor) async throws -> EventSubscription {
        try await EventSubscription.open(actions, after: cursor, on: self.dispatcher)
    }
}
