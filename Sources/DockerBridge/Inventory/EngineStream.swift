import NIOCore

/// What a follower of the engine's events keeps of them until it asks.
protocol EventStore {
    init()
    /// - Parameter bytes: of the event's text.
    mutating func take(_ event: EngineEvent, bytes: Int)
    /// No event follows.
    mutating func ended(_ end: StreamEnd)
    /// Whether there is nothing to take out.
    var isEmpty: Bool { get }
    /// Whether the engine waits until something is taken out.
    var isFull: Bool { get }
    /// Of the texts of the events that wait.
    var bytes: Int { get }
}

extension EventStore {
    mutating func ended(_ end: StreamEnd) {}
}

/// Why a stream of events is over.
enum StreamEnd: Equatable, Sendable {
    case closed
    case failed(String)
    /// The engine, or a filter before it, does not give its events away.
    case refused(status: Int)

    var words: String {
        switch self {
        case .closed: "the engine closed the event stream"
        case .failed(let reason): reason
        case .refused(let status): "the engine answers \(status) to /events"
        }
    }
}

/// One answer of the engine to `/events`, of which every new event goes into a store.
///
/// The store and the incomplete line count in the memory budget. Once the store is full, or the budget is used up, the engine
/// is not read. A refusal ends the stream with its head; its body is not read.
///
/// Concurrency: lives on the dispatcher's event loop.
final class EngineStream<Store: EventStore>: ResponseSink {
    /// `nil` for everything that changes how a container looks.
    private let actions: Set<String>?
    private(set) var cursor: EventCursor
    private(set) var end: StreamEnd?
    private var store = Store()
    private var splitter = LineSplitter()
    private var memory: MemoryBudget?
    /// Bytes of the budget that are taken.
    private var heldBytes = 0
    private var request: EngineExchange?
    private var progress = ResponseProgress()
    /// Hears at once of containers that are new, gone, or called something else.
    private let directory: ContainerDirectory?
    private let whenOpen: (StreamEnd?) -> Void
    /// Called when the store was empty and is not any more, and once at the end.
    var whenFilled: () -> Void

    /// - Parameter whenOpen: called with `nil` when the engine begins to give events, and with the end of the stream.
    init(
        _ actions: Set<String>? = nil,
        after cursor: EventCursor,
        directory: ContainerDirectory? = nil,
        whenOpen: @escaping (StreamEnd?) -> Void,
        whenFilled: @escaping () -> Void = {}
    ) {
        self.actions = actions
        self.cursor = cursor
        self.directory = directory
        self.whenOpen = whenOpen
        self.whenFilled = whenFilled
    }

    /// Whether no event follows those in the store.
    var isOver: Bool { self.progress.isOver }

    /// Whether the engine's events are read as they come.
    var isFollowing: Bool { self.progress.takesBody && self.isWritable }

    func start(on dispatcher: RequestDispatcher) {
        self.memory = dispatcher.memory
        self.splitter = LineSplitter(limit: dispatcher.memory.largestWhole / 4)
        let target = self.cursor.target(actions: self.actions)
        self.request = dispatcher.dispatch(BridgeRequest(method: "GET", target: target, asker: .agent), to: self)
    }

    /// Takes something out of the store, after which the engine is read on if there is room.
    func take<Result>(_ body: (inout Store) -> Result) -> Result {
        defer {
            self.count()
            if self.isWritable { self.request?.resume() }
        }
        return body(&self.store)
    }

    /// Ends the stream and drops what waits; nothing is called any more.
    func stop() {
        self.request?.cancel()
        self.request = nil
        _ = self.progress.end()
        (self.store, self.splitter) = (Store(), LineSplitter())
        self.directory?.close()
        self.count()
    }

    /// Tells the budget what waits here.
    private func count() {
        let bytes = self.store.bytes + self.splitter.heldBytes
        self.memory?.change(by: bytes - self.heldBytes)
        self.heldBytes = bytes
    }

    // MARK: ResponseSink

    /// With nothing waiting one more read is always taken: nothing else would make the follower ask.
    var isWritable: Bool {
        self.store.isEmpty || !self.store.isFull && self.memory?.hasRoom ?? true
    }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        guard self.progress.begin() else { return }
        self.cursor.began(head)
        guard head.status == 200 else {
            _ = self.progress.end()
            self.request?.cancel()
            return self.over(.refused(status: head.status))
        }
        if self.isFollowing { self.directory?.follows(true) }
        self.whenOpen(nil)
    }

    func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody else { return }
        let wasEmpty = self.store.isEmpty
        for line in self.splitter.take(bytes) {
            guard let event = EngineEvent.read(line, of: self.actions ?? EngineEvent.relevant),
                self.cursor.take(event)
            else { continue }
            self.store.take(event, bytes: line.readableBytes)
            if event.movesName { self.directory?.heard(of: event.containerID) }
        }
        self.count()
        if !self.isWritable { self.directory?.follows(false) }
        if wasEmpty, !self.store.isEmpty { self.whenFilled() }
    }

    func finish() {
        switch self.progress.finish() {
        case nil: break
        case .headless: self.over(.failed(BridgeError.headless.detail))
        case .complete: self.over(.closed)
        }
    }

    func fail(_ error: BridgeError) {
        if self.progress.end() { self.over(.failed(error.detail)) }
    }

    private func over(_ end: StreamEnd) {
        self.request = nil
        self.splitter = LineSplitter()
        self.end = end
        self.directory?.close()
        self.store.ended(end)
        self.count()
        self.whenOpen(end)
        self.whenFilled()
    }
}

/// The wait for the first answer to `/events`.
enum StreamOpening {
    /// Engines answer at once, but some only with the first event.
    static let patience = TimeAmount.seconds(2)

    /// Makes a follower of events on its loop, and waits until the engine gives events or has refused to; for `patience` at
    /// most.
    ///
    /// - Parameter make: makes and starts the follower; it passes on what `EngineStream` calls `whenOpen` with.
    /// - Returns: the follower, and why the engine gives no events.
    static func wait<Follower>(
        on dispatcher: NIOLoopBound<RequestDispatcher>,
        _ make: @escaping @Sendable (RequestDispatcher, @escaping (StreamEnd?) -> Void) -> Follower
    ) async -> (follower: NIOLoopBound<Follower>, refusal: StreamEnd?) {
        let eventLoop = dispatcher.eventLoop
        let opened = eventLoop.makePromise(of: StreamEnd?.self)
        // A loop that runs cannot refuse a task.
        let follower = try! await eventLoop.submit {
            // Completing a promise twice does no harm.
            let follower = make(dispatcher.value) { opened.succeed($0) }
            eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { opened.succeed(nil) }
            return NIOLoopBound(follower, eventLoop: eventLoop)
        }.get()
        let refusal = try? await opened.futureResult.get()
        return (follower, refusal ?? nil)
    }
}
