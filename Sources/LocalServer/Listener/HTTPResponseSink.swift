import DockerBridge
import NIOCore

/// Turns one engine response into HTTP on the client's connection: the listener's `ResponseSink`.
///
/// Status line, fields and body go out as they came. Only the framing is ours, because it concerns one connection: a body
/// of unknown length is chunked. The head leaves with the burst it came in, so a client sees the status of an `/events`
/// on which nothing happens.
///
/// Concurrency: lives on the event loop of its connection.
final class HTTPResponseSink: ResponseSink {
    /// Pieces up to this size are copied behind their chunk header; one write costs more than such a copy.
    private static let copiedBytes = 8 * 1024

    private enum Framing {
        case none
        case sized
        case chunked
        case untilClose
    }

    let request: RequestHead
    let longWait: LongWait?
    var exchange: EngineExchange?
    private let connection: ConnectionHandler
    private var framing = Framing.none
    /// Of the answer, once its head came.
    private(set) var status: Int?
    private var isOver = false

    init(_ request: RequestHead, connection: ConnectionHandler) {
        self.request = request
        self.longWait = LongWait(target: request.target)
        self.connection = connection
    }

    // MARK: ResponseSink

    var isWritable: Bool { self.connection.isWritable }

    func begin(_ head: ResponseHead, route: Route) {
        self.status = head.status
        self.framing = self.framing(of: head)
        let closes = self.framing == .untilClose || self.connection.willClose
        var bytes = ByteBuffer()
        bytes.reserveCapacity(512)
        bytes.writeStaticString("HTTP/1.1 ")
        if head.fields.withStatusText({ _ = bytes.writeBytes($0) }) == nil { bytes.writeString("\(head.status) ") }
        bytes.writeStaticString("\r\n")
        head.fields.forEachLine { name, value in
            bytes.writeBytes(name)
            bytes.writeStaticString(": ")
            bytes.writeBytes(value)
            bytes.writeStaticString("\r\n")
        }
        if head.status == 101 {
            bytes.writeString("Connection: Upgrade\r\nUpgrade: \(head.upgrade ?? self.request.upgrade ?? "tcp")\r\n")
        } else {
            if self.framing == .chunked { bytes.writeStaticString("Transfer-Encoding: chunked\r\n") }
            if closes { bytes.writeStaticString("Connection: close\r\n") }
        }
        bytes.writeStaticString("\r\n")
        self.connection.send(bytes)
        if head.status == 101 { self.connection.upgraded(self) }
    }

    func write(_ bytes: ByteBuffer) {
        guard self.framing == .chunked else {
            self.connection.send(bytes)
            return
        }
        let count = bytes.readableBytes
        guard count > 0 else { return }
        var start = ByteBuffer()
        start.reserveCapacity(count <= Self.copiedBytes ? count + 16 : 16)
        start.writeString(String(count, radix: 16))
        start.writeStaticString("\r\n")
        if count <= Self.copiedBytes {
            start.writeImmutableBuffer(bytes)
            start.writeStaticString("\r\n")
            self.connection.send(start)
        } else {
            self.connection.send(start)
            self.connection.send(bytes)
            self.connection.send(Self.lineEnd)
        }
    }

    func burstEnded() {
        self.connection.flush()
    }

    func finish() {
        guard !self.isOver else { return }
        self.isOver = true
        self.exchange = nil
        if self.framing == .chunked { self.connection.send(Self.lastChunk) }
        self.connection.responded(status: self.status ?? 0, mustClose: self.framing == .untilClose)
    }

    func fail(_ error: BridgeError) {
        guard !self.isOver else { return }
        self.isOver = true
        self.exchange = nil
        if let status = self.status {
            // Too late for words: only a broken connection says that this is not all.
            self.connection.breakOff(status: status, because: error)
        } else {
            self.connection.engineFailed(error)
        }
    }

    func inputBecameWritable() {
        self.connection.process()
    }

    // MARK: The connection's side

    /// The client is gone.
    func abandon() {
        self.isOver = true
        self.exchange?.cancel()
        self.exchange = nil
    }

    /// Ends an answer that would never end, as if the engine had ended it. Returns whether it was one.
    func endEndless() -> Bool {
        guard self.longWait == .endless, self.status != nil, self.framing == .chunked else { return false }
        self.exchange?.cancel()
        self.finish()
        return true
    }

    private func framing(of head: ResponseHead) -> Framing {
        if self.request.isHead || head.status == 101 || head.status == 204 || head.status == 304 { return .none }
        if head.contentLength != nil { return .sized }
        return self.request.isHTTP10 ? .untilClose : .chunked
    }

    private static let lineEnd = ByteBuffer(string: "\r\n")
    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")
}
