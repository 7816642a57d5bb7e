import NIOCore

/// The subscribers of one event stream on one event loop.
///
/// Concurrency: lives on that event loop.
final class EventSubscribers {
    /// Docs of both adapters promise a sign of life every 30 s.
    private static let heartbeatInterval = TimeAmount.seconds(30)

    private let eventLoop: any EventLoop
    private var subscribers: [ObjectIdentifier: EventSubscriber] = [:]
    private var heartbeat: Scheduled<Void>?

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func add(_ subscriber: EventSubscriber) {
        let key = ObjectIdentifier(subscriber)
        self.subscribers[key] = subscriber
        subscriber.whenGone = { [weak self] in self?.remove(key) }
        if self.heartbeat == nil { self.scheduleHeartbeat() }
    }

    func post(_ batch: EventBatch) {
        for subscriber in self.subscribers.values { subscriber.take(batch) }
    }

    private func remove(_ key: ObjectIdentifier) {
        self.subscribers[key] = nil
        guard self.subscribers.isEmpty else { return }
        self.heartbeat?.cancel()
        self.heartbeat = nil
    }

    private func scheduleHeartbeat() {
        self.heartbeat = self.eventLoop.assumeIsolated().scheduleTask(in: Self.heartbeatInterval) {
            for subscriber in self.subscribers.values { subscriber.beat() }
            self.scheduleHeartbeat()
        }
    }
}

/// One client that follows an event stream.
///
/// Concurrency: lives on the event loop of its connection.
final class EventSubscriber {
    private enum State {
        /// The source has been asked and answers in the order of its batches: what comes before is in the answer.
        case catchingUp
        case live
        /// Too slow; it missed something.
        case behind
    }

    private let answer: AnswerStream
    private var state = State.catchingUp
    private var position: Int?
    /// Asks the source what a subscriber at this position missed.
    var catchUp: ((Int?) -> Void)?
    var whenGone: (() -> Void)?

    init(_ answer: AnswerStream) {
        self.answer = answer
    }

    func start() {
        self.answer.whenGone = { [self] in
            self.catchUp = nil
            self.whenGone?()
            self.whenGone = nil
        }
        self.answer.whenWritable = { [weak self] in self?.becameWritable() }
        self.catchUp?(nil)
    }

    func take(_ batch: EventBatch) {
        guard self.state == .live else { return }
        guard self.answer.isWritable else {
            self.state = .behind
            return
        }
        self.say(batch)
    }

    func caughtUp(_ batch: EventBatch) {
        guard self.state == .catchingUp else { return }
        self.state = .live
        self.say(batch)
    }

    func beat() {
        guard self.answer.isWritable else { return }
        self.answer.write(EventFrame.heartbeat)
        self.answer.flush()
    }

    private func becameWritable() {
        guard self.state == .behind else { return }
        self.state = .catchingUp
        self.catchUp?(self.position)
    }

    private func say(_ batch: EventBatch) {
        self.position = batch.position
        guard !batch.frames.isEmpty else { return }
        for frame in batch.frames { self.answer.write(frame) }
        self.answer.flush()
    }
}
