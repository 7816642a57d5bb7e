import DockerBridge
import HTTPWire
import NIOCore

/// The connection that an answer is written to, as an answer sees it.
///
/// Concurrency: one event loop, that of the answer.
protocol AnswerConnection: AnyObject {
    /// `false` once enough waits for the client.
    var isWritable: Bool { get }
    /// Whether the connection ends with the answer that is about to begin.
    var willClose: Bool { get }

    func send(_ bytes: ByteBuffer)
    func flush()
    /// Goes through what has been read, as far as it is taken.
    func process()

    /// One of our own routes has its whole answer.
    func answered(_ answer: PlainAnswer)
    /// The head of an answer is about to be sent. It says nothing about the body of the request: an engine may answer
    /// before it has taken it.
    func answerBegan()
    /// The engine is ready for the body of the request.
    func bodyIsWanted()
    /// The gathered body of the request is no longer held on this connection's behalf.
    func bodyWasTaken()
    /// The head of a 101, or of an answer that is the connection itself, was sent: what follows is no longer HTTP.
    func upgraded()
    /// The answer is complete.
    func responded(status: Int, mustClose: Bool)
    /// The engine has no answer, and nothing was sent.
    func engineFailed(_ error: BridgeError)
    /// The answer ends in its middle.
    func breakOff(status: Int, because error: BridgeError)
}

/// How the client knows where the body of an answer ends.
enum BodyFraming {
    /// There is no body.
    case none
    case sized
    case chunked
    case untilClose

    /// The fields that concern the framing and this connection.
    func writeFields(closes: Bool, into head: inout ByteBuffer) {
        if self == .chunked { head.writeChunked() }
        if closes || self == .untilClose { head.writeClose() }
    }

    func write(_ bytes: ByteBuffer, send: (ByteBuffer) -> Void) {
        if self == .chunked { ChunkWriter.write(bytes, send: send) } else { send(bytes) }
    }

    func finish(send: (ByteBuffer) -> Void) {
        if self == .chunked { send(ChunkWriter.last) }
    }
}
