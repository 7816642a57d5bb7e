import Base

/// Joins the payloads of many small chunks into one piece.
///
/// A followed log comes as one HTTP chunk per line, some hundred bytes each. Handing every chunk on by itself costs far
/// more than copying its bytes once, so runs of small chunks are copied together; large ones never are.
package enum ChunkRun {
    /// Chunks from this size on are not copied.
    package static let largeChunkBytes = 2048
    /// Bytes looked at in one go, and room that the payloads need at most.
    package static let maximumBytes = 64 * 1024

    /// Whether at least two complete small chunks are at the front of `source`.
    package static func begins(_ source: UnsafeRawBufferPointer) -> Bool {
        guard let first = Self.chunk(in: source, at: 0, limit: Self.limit(source)) else { return false }
        return Self.chunk(in: source, at: first.end, limit: Self.limit(source)) != nil
    }

    /// Copies the payloads of the complete small chunks at the front of `source`, as far as `destination` has room.
    ///
    /// Stops before anything unusual: a large, cut, last or extended chunk is for the `BodyDecoder`.
    ///
    /// - Returns: how much of `source` that was, and how much was written.
    package static func copy(
        _ source: UnsafeRawBufferPointer,
        into destination: UnsafeMutableRawBufferPointer
    ) -> (consumed: Int, written: Int) {
        let limit = Self.limit(source)
        var (consumed, written) = (0, 0)
        while let chunk = Self.chunk(in: source, at: consumed, limit: limit),
            chunk.payload.count <= destination.count - written
        {
            UnsafeMutableRawBufferPointer(rebasing: destination[written..<(written + chunk.payload.count)])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[chunk.payload]))
            written += chunk.payload.count
            consumed = chunk.end
        }
        return (consumed, written)
    }

    private static func limit(_ source: UnsafeRawBufferPointer) -> Int { min(source.count, Self.maximumBytes) }

    /// The complete small chunk that begins at `start`.
    @inline(__always)
    private static func chunk(
        in source: UnsafeRawBufferPointer,
        at start: Int,
        limit: Int
    ) -> (payload: Range<Int>, end: Int)? {
        var index = start
        var size = 0
        while index < limit, let digit = source[index].hexDigit, size < Self.largeChunkBytes {
            size = size << 4 | digit
            index += 1
        }
        guard size > 0, size < Self.largeChunkBytes, index + 2 <= limit, source[index] == 0x0d,
            source[index + 1] == 0x0a
        else { return nil }
        let payload = (index + 2)..<(index + 2 + size)
        guard payload.upperBound + 2 <= limit, source[payload.upperBound] == 0x0d,
            source[payload.upperBound + 1] == 0x0a
        else { return nil }
        return (payload, payload.upperBound + 2)
    }
}
