package import HTTPWire
package import NIOCore

/// `ByteBuffer` has what a head is written with.
extension ByteBuffer: HeadOutput {}

extension BodyDecoder {
    /// Some bytes of the body, or its end.
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

/// Takes runs of small chunks from the front of a buffer.
enum ChunkGatherer {
    /// The payloads of complete small chunks in one piece; `nil` when fewer than two are there.
    static func gather(_ buffer: inout ByteBuffer) -> ByteBuffer? {
        var gathered = ByteBuffer()
        let consumed = buffer.withUnsafeReadableBytes { source -> Int in
            guard ChunkRun.begins(source) else { return 0 }
            var consumed = 0
            gathered.writeWithUnsafeMutableBytes(minimumWritableBytes: min(source.count, ChunkRun.maximumBytes)) {
                let run = ChunkRun.copy(source, into: $0)
                consumed = run.consumed
                return run.written
            }
            return consumed
        }
        guard consumed > 0 else { return nil }
        buffer.moveReaderIndex(forwardBy: consumed)
        return gathered
    }
}

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

extension ByteBuffer {
    /// Bytes of storage that a reader may keep beside twice what it holds: one small read.
    package static let spareBytes = 4 << 10

    /// Gives consumed storage back, for a reader that is about to wait for more.
    ///
    /// A write never reuses the room in front of the reader index. A peer whose bytes never end where a read ends would
    /// therefore make the buffer grow by everything that it sends. The rest is copied only when the storage is more than twice
    /// as large, so that all copies together cost less than the reads.
    package mutating func releaseConsumed() {
        guard self.storageCapacity > 2 * self.readableBytes + Self.spareBytes else { return }
        self = self.readableBytes == 0 ? ByteBuffer() : ByteBuffer(bytes: self.readableBytesView)
    }
}
