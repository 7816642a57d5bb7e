import DockerBridge
import HTTPWire
import NIOCore

/// Turns one engine response into HTTP on the client's connection: the listener's `ResponseSink`.
///
/// Status line, fields and body go out as they came. Only the framing is ours, because it concerns one connection: a body
/// of unknown length is chunked. The head leaves with the burst it came in, so a client sees the status of an `/events`
/// on which nothing happens.
///
/// Concurrency: lives on the event loop of its connection.
final class HTTPResponseSink: ResponseSink {
    let request: RequestHead
    private(set) var exchange: EngineExchange?
    private let connection: any AnswerConnection
    /// Gathered before; `nil` when it is passed on as it comes.
    private var body: ByteBuffer?
    private var framing = BodyFraming.none
    /// Whether the head of the answer has said that the connection ends with it.
    private var closes = false
    /// Of the answer, once its head came.
    private(set) var status: Int?
    private var progress = ResponseProgress()

    init(_ request: RequestHead, body: ByteBuffer?, connection: any AnswerConnection) {
        self.request = request
        self.body = body
        self.connection = connection
    }

    func takeBody() -> ByteBuffer? { self.body.take() }

    /// It may have heard the end already.
    func started(_ exchange: EngineExchange?) {
        if !self.progress.isOver { self.exchange = exchange }
    }

    // MARK: ResponseSink

    var isWritable: Bool { self.connection.isWritable }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        guard self.progress.begin() else { return }
        self.status = head.status
        self.connection.answerBegan()
        self.framing = self.framing(of: head)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(512)
        if head.fields.withStatusText({ bytes.writeStatusLine($0) }) == nil { bytes.writeStatusLine(head.status) }
        head.fields.forEachLine { name, value in bytes.writeField(name, value) }
        if head.status == 101 {
            bytes.writeUpgrade(head.upgrade ?? self.request.upgrade ?? "tcp")
        } else if !head.isRaw {
            self.closes = self.connection.willClose
            self.framing.writeFields(closes: self.closes, into: &bytes)
        }
        bytes.endHead()
        self.connection.send(bytes)
        if head.isRaw { self.connection.upgraded() }
    }

    func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody else { return }
        self.framing.write(bytes) { self.connection.send($0) }
    }

    func burstEnded() {
        if self.progress.takesBody { self.connection.flush() }
    }

    func finish() {
        guard self.progress.takesBody else { return self.fail(.headless) }
        guard self.progress.end() else { return }
        self.exchange = nil
        self.framing.finish { self.connection.send($0) }
        self.connection.responded(status: self.status ?? 0, mustClose: self.closes || self.framing == .untilClose)
    }

    func fail(_ error: BridgeError) {
        guard self.progress.end() else { return }
        self.exchange = nil
        if let status = self.status {
            // The head has been sent, so the only way to report the failure is to break the connection.
            self.connection.breakOff(status: status, because: error)
        } else {
            self.connection.engineFailed(error)
        }
    }

    func inputBecameWritable() {
        self.connection.process()
    }

    func bodyIsWanted() {
        if !self.progress.isOver { self.connection.bodyIsWanted() }
    }

    func requestBodyWasSent() {
        if !self.progress.isOver { self.connection.bodyWasTaken() }
    }

    // MARK: The connection's side

    /// The client is gone.
    func abandon() {
        _ = self.progress.end()
        self.exchange?.cancel()
        self.exchange = nil
    }

    /// Ends an answer that would never end, as if the engine had ended it. Returns whether it was one.
    func endEndless() -> Bool {
        guard self.request.engineRoute.patience == .endless, self.status != nil, self.framing == .chunked else {
            return false
        }
        self.exchange?.cancel()
        self.finish()
        return true
    }

    private func framing(of head: ResponseHead) -> BodyFraming {
        if self.request.isHead || head.isRaw || head.status == 204 || head.status == 304 { return .none }
        if head.contentLength != nil { return .sized }
        return self.request.isHTTP10 ? .untilClose : .chunked
    }
}
