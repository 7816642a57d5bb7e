import HTTPWire
import NIOCore

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
