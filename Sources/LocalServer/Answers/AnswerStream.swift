import DockerBridge
import HTTPWire
import NIOCore

/// How a route of the agent's own answers: in one piece, or piece by piece for as long as it likes.
///
/// After the client left, everything said is dropped; `whenGone` tells.
///
/// Concurrency: lives on the event loop of its connection.
package final class AnswerStream {
    let dispatcher: RequestDispatcher
    /// For what the route asks of the engine.
    let asker: BridgeRequest.Asker
    private var asked: AgentRequest?
    private let request: RequestHead
    private let route: AgentRoute
    private weak var connection: (any AnswerConnection)?
    private var framing = BodyFraming.none
    private var status: Int?
    private var isEndless = false
    private var isOver = false
    private var waiters: [() -> Void] = []
    /// The client takes more again.
    var whenWritable: (() -> Void)?
    /// The client left, or the listener ends what would never end by itself. Called at most once.
    var whenGone: (() -> Void)?

    init(
        _ asked: AgentRequest,
        to request: RequestHead,
        of route: AgentRoute,
        connection: any AnswerConnection,
        dispatcher: RequestDispatcher
    ) {
        self.asked = asked
        self.asker = .peer(identity: asked.identity)
        self.request = request
        self.route = route
        self.connection = connection
        self.dispatcher = dispatcher
    }

    var eventLoop: any EventLoop { self.dispatcher.eventLoop }
    /// `false` once enough waits for the client; what is written anyway waits in memory.
    var isWritable: Bool { self.connection?.isWritable ?? false }

    // MARK: The route's side

    /// The whole answer.
    func send(_ answer: PlainAnswer) {
        guard !self.isOver, self.status == nil else { return }
        self.over()
        self.connection?.answered(answer)
    }

    /// The beginning of a streamed answer.
    ///
    /// - Parameter isEndless: it goes on until the client leaves, so a listener that drains ends it.
    /// - Returns: whether a body may follow; a `HEAD` is answered with this.
    func begin(
        contentType: String,
        fields: [(name: String, value: String)] = [],
        isEndless: Bool = false
    ) -> Bool {
        guard !self.isOver, self.status == nil, let connection = self.connection else { return false }
        self.status = 200
        connection.answerBegan()
        self.isEndless = isEndless
        self.framing = self.request.isHead ? .none : self.request.isHTTP10 ? .untilClose : .chunked
        var head = ByteBuffer()
        head.writeStatusLine(200)
        head.writeField("Content-Type", contentType)
        head.writeField("X-Content-Type-Options", "nosniff")
        for field in fields { head.writeField(field.name, field.value) }
        self.framing.writeFields(closes: connection.willClose, into: &head)
        head.endHead()
        connection.send(head)
        if self.request.isHead {
            self.finish()
            return false
        }
        return true
    }

    /// The route holds and counts for itself what it needs of the request's body.
    func bodyWasTaken() {
        self.connection?.bodyWasTaken()
    }

    func write(_ bytes: ByteBuffer) {
        guard !self.isOver, let connection = self.connection else { return }
        self.framing.write(bytes) { connection.send($0) }
    }

    func flush() {
        self.connection?.flush()
    }

    /// The end of a streamed answer.
    func finish() {
        guard !self.isOver, let connection = self.connection, let status = self.status else { return }
        self.over()
        self.framing.finish { connection.send($0) }
        connection.responded(status: status, mustClose: self.framing == .untilClose)
    }

    /// The head has been sent, so the only way to report a failure is to break the connection.
    func breakOff(because error: BridgeError) {
        guard !self.isOver, let status = self.status else { return }
        self.over()
        self.connection?.breakOff(status: status, because: error)
    }

    // MARK: The connection's side

    /// Lets the route answer.
    func start() {
        guard let asked = self.asked.take() else { preconditionFailure("a route is asked once") }
        self.route.answer(asked, self)
    }

    func becameWritable() {
        self.letWaitersGo()
        self.whenWritable?()
    }

    /// - Returns: the status that was sent, if any.
    func abandon() -> Int? {
        guard !self.isOver else { return self.status }
        let gone = self.whenGone
        self.over()
        gone?()
        return self.status
    }

    func endEndless() {
        guard self.isEndless, !self.isOver else { return }
        let gone = self.whenGone
        self.whenGone = nil
        self.finish()
        gone?()
    }

    /// Calls `body` once the client takes more, or is gone; perhaps at once.
    func notifyWhenWritable(_ body: @escaping () -> Void) {
        guard !self.isOver, !self.isWritable else { return body() }
        self.waiters.append(body)
    }

    private func over() {
        self.isOver = true
        self.whenWritable = nil
        self.whenGone = nil
        self.letWaitersGo()
    }

    private func letWaitersGo() {
        let waiters = exchange(&self.waiters, with: [])
        for waiter in waiters { waiter() }
    }
}
