import HTTPWire
package import NIOCore

/// Writes the chunks of a body.
package enum ChunkWriter {
    /// Pieces up to this size are copied behind their size line; one write costs more than such a copy.
    private static let copiedBytes = 8 * 1024
    private static let lineEnd = ByteBuffer(string: ChunkText.lineEnd)
    /// Ends the body.
    package static let last = ByteBuffer(string: ChunkText.last)

    /// One chunk of `bytes`, in one or three writes. No bytes are no chunk, because that would end the body.
    package static func write(_ bytes: ByteBuffer, send: (ByteBuffer) -> Void) {
        let count = bytes.readableBytes
        guard count > 0 else { return }
        var start = ByteBuffer()
        start.reserveCapacity(count <= Self.copiedBytes ? count + 16 : 16)
        start.writeChunkSize(count)
        if count <= Self.copiedBytes {
            start.writeImmutableBuffer(bytes)
            start.writeString(ChunkText.lineEnd)
            send(start)
        } else {
            send(start)
            send(bytes)
            send(Self.lineEnd)
        }
    }
}
