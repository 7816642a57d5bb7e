package import HTTPWire
package import NIOCore

/// `ByteBuffer` has what a head is written with.
extension ByteBuffer: HeadOutput {}

extension BodyDecoder {
    package enum Piece {
        /// As a view, where it is not a run of small chunks.
        case bytes(ByteBuffer)
        case end
    }

    /// Takes the next piece of the body from the front of `buffer`.
    ///
    /// - Parameter joinsChunks: copies runs of small chunks together.
    /// - Returns: `nil` when it has not arrived yet.
    package mutating func next(
        from buffer: inout ByteBuffer,
        joinsChunks: Bool = false
    ) throws(WireFault) -> Piece? {
        while true {
            if joinsChunks, self.isBetweenChunks, let bytes = ChunkGatherer.gather(&buffer) { return .bytes(bytes) }
            switch buffer.withUnsafeReadableBytes({ self.next($0) }) {
            case .body(let count): return buffer.takeFront(upTo: count).map { .bytes($0) }
            case .framing(let count): buffer.moveReaderIndex(forwardBy: count)
            case .end: return .end
            case .more: return nil
            case .fault(let fault): throw fault
            }
        }
    }
}

extension ByteBuffer {
    /// A view of at most `limit` bytes at the front, which are gone then; `nil` when there are none.
    package mutating func takeFront(upTo limit: Int) -> ByteBuffer? {
        let count = min(limit, self.readableBytes)
        if count == 0 { return nil }
        // All of it is given away: a view left behind would keep the channel from using this memory again.
        if count == self.readableBytes { return exchange(&self, with: ByteBuffer()) }
        return self.readSlice(length: count)
    }
}
