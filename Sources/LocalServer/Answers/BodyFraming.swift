import DockerBridge
import HTTPWire
import NIOCore

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
