import NIOCore

/// The engine's event stream on the event loop: gathers which containers to look at, until somebody asks.
///
/// What waits is bounded: a container waits once, however much happens to it, of the events themselves only the newest are
/// kept, and once the texts of all that waits are `waitingBytes`, or the memory budget is used up, the engine is not read.
///
/// Concurrency: lives on the dispatcher's event loop.
final class EventFeed: ResponseSink {
    /// Events kept for those who pass them on.
    static let keptEvents = 256
    /// Bytes of event texts between two looks: some thousand events, where a busy host has ten a second.
    static let waitingBytes = 1 << 20

    struct Batch: Sendable {
        /// Containers to look at, and those that are gone.
        var changed: [String] { self.containers.filter { !$0.value }.map(\.key) }
        var removed: [String] { self.containers.filter(\.value).map(\.key) }
        /// In the order they came.
        var events: [EngineEvent] = []
        /// Set once the stream is over.
        var end: StreamEnd?

        /// Of the texts of all events that came, dropped ones included.
        fileprivate var bytes = 0
        /// By id; whether it was destroyed.
        fileprivate var containers: [String: Bool] = [:]
        fileprivate var isEmpty: Bool { self.events.isEmpty && self.end == nil }
    }

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

    private var cursor: EventCursor
    private var splitter = LineSplitter()
    private var memory: MemoryBudget?
    /// Bytes of the budget that are taken.
    private var heldBytes = 0
    private var batch = Batch()
    private var request: EngineExchange?
    private var progress = ResponseProgress()
    private var status = 200
    /// Called whenever the batch was empty and is not any more.
    private let whenFilled: () -> Void
    /// Called once: the engine has begun to answer, or never will.
    private var whenOpen: (() -> Void)?

    init(cursor: EventCursor, whenOpen: @escaping () -> Void, whenFilled: @escaping () -> Void) {
        self.cursor = cursor
        self.whenOpen = whenOpen
        self.whenFilled = whenFilled
    }

    func start(on dispatcher: RequestDispatcher) {
        self.memory = dispatcher.memory
        self.splitter = LineSplitter(limit: dispatcher.memory.largestWhole / 4)
        self.request = dispatcher.dispatch(BridgeRequest(method: "GET", target: self.cursor.target()), to: self)
    }

    /// Ends the stream; nothing is called any more.
    func stop() -> EventCursor {
        self.request?.cancel()
        self.request = nil
        _ = self.progress.end()
        (self.batch, self.splitter) = (Batch(), LineSplitter())
        self.count()
        return self.cursor
    }

    /// What has gathered since the last time.
    func take() -> Batch {
        defer {
            self.count()
            self.request?.resume()
        }
        return exchange(&self.batch, with: Batch())
    }

    /// Tells the budget what waits here.
    private func count() {
        let bytes = self.batch.bytes + self.splitter.heldBytes
        self.memory?.change(by: bytes - self.heldBytes)
        self.heldBytes = bytes
    }

    // MARK: ResponseSink

    /// With nothing waiting one more read is always taken: nothing else would make the owner look.
    var isWritable: Bool {
        self.batch.isEmpty || self.batch.bytes < Self.waitingBytes && self.memory?.hasRoom ?? true
    }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        guard self.progress.begin() else { return }
        self.status = head.status
        self.cursor.began(head)
        self.opened()
    }

    func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody, self.status == 200 else { return }
        let wasEmpty = self.batch.isEmpty
        for line in self.splitter.take(bytes) {
            guard let event = EngineEvent.read(line), self.cursor.take(event) else { continue }
            if self.batch.events.count == Self.keptEvents { self.batch.events.removeFirst() }
            self.batch.events.append(event)
            self.batch.bytes += line.readableBytes
            self.batch.containers[event.containerID] = event.action == "destroy"
        }
        self.count()
        if wasEmpty, !self.batch.isEmpty { self.whenFilled() }
    }

    func finish() {
        switch self.progress.finish() {
        case nil: break
        case .headless: self.over(.failed(BridgeError.headless.detail))
        case .complete: self.over(self.status == 200 ? .closed : .refused(status: self.status))
        }
    }

    func fail(_ error: BridgeError) {
        if self.progress.end() { self.over(.failed(error.detail)) }
    }

    private func over(_ end: StreamEnd) {
        self.request = nil
        self.batch.end = end
        self.opened()
        self.whenFilled()
    }

    private func opened() {
        self.whenOpen?()
        self.whenOpen = nil
    }
}
