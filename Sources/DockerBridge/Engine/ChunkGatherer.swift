import Base
import NIOCore

/// Joins the payloads of many small chunks into one piece.
///
/// A followed log comes as one HTTP chunk per line, some hundred bytes each. Handing every chunk on by itself costs far
/// more than copying its bytes once, so runs of small chunks are copied together; large ones never are.
enum ChunkGatherer {
    /// Chunks from this size on are handed out as views.
    static let largeChunkBytes = 2048
    /// Bytes looked at in one go.
    private static let maximumRunBytes = 64 * 1024

    /// Takes complete small chunks from the front of `buffer`; `nil` when fewer than two are there.
    ///
    /// Stops before anything unusual (a large, cut, last or extended chunk), which is the caller's business.
    static func gather(_ buffer: inout ByteBuffer) -> ByteBuffer? {
        var gathered = ByteBuffer()
        var consumed = 0
        buffer.withUnsafeReadableBytes { source in
            let limit = min(source.count, Self.maximumRunBytes)
            guard let first = Self.chunk(in: source, at: 0, limit: limit),
                Self.chunk(in: source, at: first.end, limit: limit) != nil
            else { return }
            gathered.writeWithUnsafeMutableBytes(minimumWritableBytes: limit) { destination in
                var written = 0
                while let chunk = Self.chunk(in: source, at: consumed, limit: limit) {
                    let count = chunk.payloadEnd - chunk.payloadStart
                    (destination.baseAddress! + written).copyMemory(
                        from: source.baseAddress! + chunk.payloadStart,
                        byteCount: count
                    )
                    written += count
                    consumed = chunk.end
                }
                return written
            }
        }
        guard consumed > 0 else { return nil }
        buffer.moveReaderIndex(forwardBy: consumed)
        return gathered
    }

    /// The complete small chunk that begins at `start`.
    @inline(__always)
    private static func chunk(
        in source: UnsafeRawBufferPointer,
        at start: Int,
        limit: Int
    ) -> (payloadStart: Int, payloadEnd: Int, end: Int)? {
        var index = start
        var size = 0
        while index < limit, let digit = source[index].hexDigit, size < Self.largeChunkBytes {
            size = size << 4 | digit
            index += 1
        }
        guard size > 0, size < Self.largeChunkBytes, index + 2 <= limit, source[index] == 0x0d,
            source[index + 1] == 0x0a
        else { return nil }
        let payloadStart = index + 2
        let payloadEnd = payloadStart + size
        guard payloadEnd + 2 <= limit, source[payloadEnd] == 0x0d, source[payloadEnd + 1] == 0x0a else { return nil }
        return (payloadStart, payloadEnd, payloadEnd + 2)
    }
}
