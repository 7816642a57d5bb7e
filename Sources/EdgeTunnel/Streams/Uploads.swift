import DockerBridge
import NIOCore

/// Brings the bodies that come in frames of their own to the engine, and sees to it that an engine which does not take one
/// costs that request and not the tunnel.
///
/// What waits for the engine counts in the memory budget.
///
/// Concurrency: lives on the tunnel's event loop.
final class Uploads {
    private final class Body {
        let stream: TunnelStream
        var queue = InputQueue()

        init(_ stream: TunnelStream) {
            self.stream = stream
        }
    }

    private let dispatcher: RequestDispatcher
    private let pause: (_ isPaused: Bool) -> Void
    private var table: UploadTable
    private var bodies: [String: Body] = [:]
    private var wasPaused = false
    private var isStopped = false
    private var timer: (deadline: NIODeadline, task: Scheduled<Void>)?
    /// While the tunnel waits and memory is short.
    private var roomTicket: MemoryBudget.Ticket?

    /// - Parameter pause: called when the tunnel must not be read, and when it may be again.
    init(
        dispatcher: RequestDispatcher,
        limits: UploadTable.Limits,
        pause: @escaping (_ isPaused: Bool) -> Void
    ) {
        self.dispatcher = dispatcher
        self.table = UploadTable(limits: limits)
        self.pause = pause
    }

    private var memory: MemoryBudget { self.dispatcher.memory }
    private var now: NIODeadline { self.dispatcher.eventLoop.now }

    // MARK: What the controller sends

    /// The body of `stream` comes in frames from here on.
    func begin(_ stream: TunnelStream) {
        let id = stream.id
        self.bodies[id] = Body(stream)
        self.table.begin(id, now: self.now)
        stream.whenEngineTakes = { [weak self] in
            self?.pump(id)
            self?.follow(id)
        }
        stream.whenOver = { [weak self] in self?.over(id) }
        self.follow(id)
    }

    func received(_ bytes: ByteBuffer, of stream: TunnelStream) {
        guard let body = self.bodies[stream.id], body.stream === stream else { return }
        let count = bytes.readableBytes
        let received = self.table.received(
            stream.id,
            bytes: count,
            isMemoryShort: !self.memory.hasRoom,
            now: self.now
        )
        switch received {
        case .ignored: break
        case .waits:
            if count <= InputQueue.pieceBytes, body.queue.isEmpty, let exchange = stream.exchange,
                exchange.isInputWritable
            {
                self.send(bytes, of: body, on: exchange)
            } else {
                body.queue.push(bytes)
                self.memory.change(by: count)
                self.pump(stream.id)
            }
        case .lost(let loss): stream.abort("\(loss)")
        }
        self.follow(stream.id)
    }

    /// Nothing more of its body comes.
    func ended(_ stream: TunnelStream) {
        guard let body = self.bodies[stream.id], body.stream === stream else { return }
        switch self.table.ended(stream.id, now: self.now) {
        case .ignored: break
        case .waits: break
        case .complete: self.complete(body)
        }
        self.follow(stream.id)
    }

    /// The tunnel is read again, or no longer; whatever the reason.
    func reading(_ isReading: Bool) {
        self.table.reading(isReading, now: self.now)
        // What nobody could hear of is due anew.
        if isReading { self.followAll() }
    }

    /// The session is over.
    func stop() {
        self.isStopped = true
        self.rest()
    }

    // MARK: Inside

    private func pump(_ id: String) {
        while let body = self.bodies[id], let exchange = body.stream.exchange, exchange.isInputWritable,
            let piece = body.queue.popFirst()
        {
            self.memory.change(by: -piece.readableBytes)
            self.send(piece, of: body, on: exchange)
        }
    }

    private func send(_ bytes: ByteBuffer, of body: Body, on exchange: EngineExchange) {
        exchange.writeBody(bytes)
        let isComplete = self.table.took(
            body.stream.id,
            bytes: bytes.readableBytes,
            isMemoryShort: !self.memory.hasRoom,
            now: self.now
        )
        if isComplete { self.complete(body) }
    }

    /// The engine has the whole body.
    private func complete(_ body: Body) {
        // The broken connection may have ended the request while its last bytes were written.
        guard self.bodies.removeValue(forKey: body.stream.id) != nil else { return }
        body.stream.whenEngineTakes = nil
        if let exchange = body.stream.exchange { self.dispatcher.endBody(of: exchange) }
    }

    /// The request is answered or given up. What the controller still sends of its body is dropped.
    private func over(_ id: String) {
        guard let body = self.bodies.removeValue(forKey: id) else { return }
        self.table.removed(id, now: self.now)
        self.memory.change(by: -body.queue.bytes)
        self.follow(id)
    }

    private func rest() {
        self.timer?.task.cancel()
        self.timer = nil
        self.awaitRoom(false)
    }

    /// What is full only because memory is short may go on when it no longer is.
    private func awaitRoom(_ isAwaited: Bool) {
        guard isAwaited != (self.roomTicket != nil) else { return }
        if let roomTicket {
            self.memory.cancel(roomTicket)
            self.roomTicket = nil
            return
        }
        let loop = self.dispatcher.eventLoop.assumeIsolated()
        // Later, because the stream that gives memory back is in the middle of an event.
        self.roomTicket = self.memory.whenRoom { [weak self] in loop.execute { self?.roomCame() } }
    }

    private func roomCame() {
        self.roomTicket = nil
        if self.memory.hasRoom { self.table.roomCame(now: self.now) }
        self.followAll()
    }

    /// Something happened to one body: the tunnel may have to wait, or another deadline come first.
    private func follow(_ id: String) {
        guard !self.isStopped else { return }
        self.followPause()
        if self.bodies.isEmpty { return self.rest() }
        if let deadline = self.table.deadline(of: id) { self.wake(at: deadline) }
    }

    private func followAll() {
        guard !self.isStopped else { return }
        self.followPause()
        if let deadline = self.table.nextDeadline { self.wake(at: deadline) }
    }

    private func followPause() {
        self.awaitRoom(self.table.isPaused && !self.memory.hasRoom)
        guard self.table.isPaused != self.wasPaused else { return }
        self.wasPaused = self.table.isPaused
        self.pause(self.wasPaused)
    }

    /// At the latest. Nothing may be due any longer by then, because every frame moves its body's deadline away.
    private func wake(at deadline: NIODeadline) {
        if let timer, timer.deadline <= deadline { return }
        self.timer?.task.cancel()
        let task = self.dispatcher.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            for (id, loss) in self.table.tick(now: self.now) { self.bodies[id]?.stream.abort("\(loss)") }
            self.followAll()
        }
        self.timer = (deadline, task)
    }
}
