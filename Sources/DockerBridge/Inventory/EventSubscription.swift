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
        let eventLoop = dispatcher.eventLoop
        let opened = eventLoop.makePromise(of: Void.self)
        let tap = try await eventLoop.submit {
            let tap = EventTap(actions: Set(actions), cursor: cursor) { opened.completeWith($0) }
            tap.start(on: dispatcher.value)
            // Completing a promise twice does no harm.
            eventLoop.assumeIsolated().scheduleTask(in: EventCursor.openingPatience) { opened.succeed() }
            return NIOLoopBound(tap, eventLoop: eventLoop)
        }.get()
        try await opened.futureResult.get()
        return EventSubscription(tap: tap)
    }
}

/// Concurrency: lives on the dispatcher's event loop.
final class EventTap: ResponseSink {
    /// Events that may wait, and bytes of their texts.
    private static let capacity = 256
    private static let capacityBytes = 1 << 20

    private let actions: Set<String>
    private(set) var cursor: EventCursor
    private(set) var end: String?
    private var splitter = LineSplitter()
    private var waiting: Deque<(event: EngineEvent, bytes: Int)> = []
    private var waitingBytes = 0
    private var memory: MemoryBudget?
    /// Bytes of the budget that are taken.
    private var heldBytes = 0
    private var reader: EventLoopPromise<EngineEvent?>?
    private var progress = ResponseProgress()
    private var exchange: EngineExchange?
    private let whenOpen: (Result<Void, any Error>) -> Void

    init(actions: Set<String>, cursor: EventCursor, whenOpen: @escaping (Result<Void, any Error>) -> Void) {
        self.actions = actions
        self.cursor = cursor
        self.whenOpen = whenOpen
    }

    func start(on dispatcher: RequestDispatcher) {
        self.memory = dispatcher.memory
        self.splitter = LineSplitter(limit: dispatcher.memory.largestWhole / 4)
        let names = self.actions.sorted().map { "%22\($0)%22" }.joined(separator: "%2C")
        let target = self.cursor.target(filters: "%2C%22event%22%3A%5B\(names)%5D")
        self.exchange = dispatcher.dispatch(BridgeRequest(method: "GET", target: target), to: self)
    }

    func next(_ promise: EventLoopPromise<EngineEvent?>) {
        if let (event, bytes) = self.waiting.popFirst() {
            self.waitingBytes -= bytes
            self.count()
            promise.succeed(event)
            if self.isWritable { self.exchange?.resume() }
        } else if self.progress.isOver {
            promise.succeed(nil)
        } else {
            self.reader = promise
        }
    }

    /// The reader has left.
    func stop() {
        self.waiting.removeAll()
        self.waitingBytes = 0
        self.close()
    }

    /// Events that wait may still be asked for.
    private func close() {
        self.exchange?.cancel()
        self.exchange = nil
        _ = self.progress.end()
        self.splitter = LineSplitter()
        self.count()
        self.reader.take()?.succeed(nil)
    }

    // MARK: ResponseSink

    /// With nothing waiting one more read is always taken: nothing else would wake the reader.
    var isWritable: Bool {
        self.waiting.isEmpty
            || self.waiting.count < Self.capacity && self.waitingBytes < Self.capacityBytes
                && self.memory?.hasRoom ?? true
    }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        guard self.progress.begin() else { return }
        guard head.status == 200 else {
            return self.over("the engine answers \(head.status) to /events")
        }
        self.cursor.began(head)
        self.whenOpen(.success(()))
    }

    func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody else { return }
        for line in self.splitter.take(bytes) {
            guard let event = EngineEvent.read(line, of: self.actions), self.cursor.take(event) else { continue }
            if let reader = self.reader.take() {
                reader.succeed(event)
            } else {
                self.waiting.append((event, line.readableBytes))
                self.waitingBytes += line.readableBytes
            }
        }
        self.count()
    }

    /// Tells the budget what waits here.
    private func count() {
        let bytes = self.waitingBytes + self.splitter.heldBytes
        self.memory?.change(by: bytes - self.heldBytes)
        self.heldBytes = bytes
    }

    func finish() {
        self.exchange = nil
        self.over("the engine closed the event stream")
    }

    func fail(_ error: BridgeError) {
        self.exchange = nil
        self.over(error.detail)
    }

    private func over(_ end: String) {
        guard self.progress.end() else { return }
        self.end = end
        self.close()
        self.whenOpen(.failure(BridgeError(.engineUnreachable, end)))
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
