import NIOCore

/// How the client knows where the body of an answer ends.
enum BodyFraming {
    /// There is no body.
    case none
    case sized
    case chunked
    case untilClose

    /// Pieces up to this size are copied behind their chunk header; one write costs more than such a copy.
    private static let copiedBytes = 8 * 1024
    private static let lineEnd = ByteBuffer(string: "\r\n")
    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")

    /// The fields that concern the framing and this connection.
    func writeFields(closes: Bool, into head: inout ByteBuffer) {
        if self == .chunked { head.writeStaticString("Transfer-Encoding: chunked\r\n") }
        if closes || self == .untilClose { head.writeStaticString("Connection: close\r\n") }
    }

    func write(_ bytes: ByteBuffer, send: (ByteBuffer) -> Void) {
        guard self == .chunked else {
            send(bytes)
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
            send(start)
        } else {
            send(start)
            send(bytes)
            send(Self.lineEnd)
        }
    }

    func finish(send: (ByteBuffer) -> Void) {
        if self == .chunked { send(Self.lastChunk) }
    }
}
