import Base

/// How a reader knows where a body ends.
package enum BodyEnd: Sendable, Equatable {
    /// Behind that many bytes.
    case length(Int)
    /// Behind the last chunk and its trailers.
    case chunked
    /// With the connection.
    case untilClose
}

/// Tells the bytes of a body from those of its framing.
///
/// ```
/// length ─────────────────────────────────────────────▶ complete
/// chunked: size line ─▶ data ─▶ line end ─▶ size line …  └ last ─▶ trailers ─▶ complete
/// untilClose: everything is body
/// ```
///
/// A value that holds no bytes: it looks at the front of what its caller holds, and says how much of it is what. So a
/// body costs neither a copy nor an allocation here, whatever buffer it lies in.
package struct BodyDecoder: Sendable {
    /// What the front of the bytes is. The caller takes that much away and asks again.
    package enum Step: Equatable {
        /// So many bytes of the body.
        case body(Int)
        /// So many bytes that are not part of the body.
        case framing(Int)
        /// The body is complete; what follows belongs to the next message.
        case end
        /// More bytes are needed.
        case more
        case fault(WireFault)
    }

    private enum State {
        case sized(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkDataEnd
        case trailers
        case untilClose
        case complete
    }

    /// Bound of a chunk's size line with its extensions.
    private static let maximumSizeLineBytes = 4096
    /// Bound of all trailers together.
    private static let maximumTrailerBytes = 8192

    private var state: State
    private let allowsBlanks: Bool
    private var trailerBytes = 0

    /// - Parameter allowsBlanks: between a chunk's size and its extension (RFC 9112 §7.1.1 has them for old senders).
    package init(_ end: BodyEnd, allowsBlanks: Bool = false) {
        self.allowsBlanks = allowsBlanks
        self.state =
            switch end {
            case .length(let length): .sized(remaining: length)
            case .chunked: .chunkSize
            case .untilClose: .untilClose
            }
    }

    /// A chunk's size line comes next: a run of small chunks may be taken with `ChunkRun`.
    package var isBetweenChunks: Bool {
        if case .chunkSize = self.state { true } else { false }
    }

    /// The end of the connection ends the body as it should.
    package var endsWithConnection: Bool {
        switch self.state {
        case .untilClose, .complete: true
        case .sized, .chunkSize, .chunkData, .chunkDataEnd, .trailers: false
        }
    }

    package mutating func next(_ bytes: UnsafeRawBufferPointer) -> Step {
        switch self.state {
        case .sized(0):
            self.state = .complete
            return .end
        case .complete: return .end
        case _ where bytes.isEmpty: return .more
        case .sized(let remaining):
            let count = min(remaining, bytes.count)
            self.state = .sized(remaining: remaining - count)
            return .body(count)
        case .chunkData(let remaining):
            let count = min(remaining, bytes.count)
            self.state = count == remaining ? .chunkDataEnd : .chunkData(remaining: remaining - count)
            return .body(count)
        case .untilClose: return .body(bytes.count)
        case .chunkDataEnd:
            guard bytes[0] == 0x0d else { return .fault(.chunk) }
            guard bytes.count > 1 else { return .more }
            guard bytes[1] == 0x0a else { return .fault(.chunk) }
            self.state = .chunkSize
            return .framing(2)
        case .chunkSize: return self.readSizeLine(bytes)
        case .trailers: return self.skipTrailers(bytes)
        }
    }

    /// `1a2b;extension CR LF`
    private mutating func readSizeLine(_ bytes: UnsafeRawBufferPointer) -> Step {
        var (size, index) = (0, 0)
        while index < bytes.count, let digit = bytes[index].hexDigit {
            guard index < 15 else { return .fault(.chunk) }
            size = size << 4 | digit
            index += 1
        }
        guard index < bytes.count else { return .more }
        guard index > 0 else { return .fault(.chunk) }
        if self.allowsBlanks {
            while index < bytes.count, bytes[index].isBlank { index += 1 }
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: ";") {
            while index < bytes.count, bytes[index].isFieldValueByte { index += 1 }
        }
        guard index + 1 < bytes.count else {
            let isWellFormed = index == bytes.count || bytes[index] == 0x0d
            return isWellFormed && bytes.count < Self.maximumSizeLineBytes ? .more : .fault(.chunk)
        }
        guard bytes[index] == 0x0d, bytes[index + 1] == 0x0a, index + 1 < Self.maximumSizeLineBytes else {
            return .fault(.chunk)
        }
        self.state = size == 0 ? .trailers : .chunkData(remaining: size)
        return .framing(index + 2)
    }

    /// Trailers are dropped, line by line: nothing behind us asks for them.
    private mutating func skipTrailers(_ bytes: UnsafeRawBufferPointer) -> Step {
        guard let end = bytes.lineFeed(from: 0) else {
            // The first byte of the empty line may be all that is there of it.
            return self.trailerBytes + bytes.count <= Self.maximumTrailerBytes ? .more : .fault(.trailersTooLarge)
        }
        guard end > 0, bytes[end - 1] == 0x0d else { return .fault(.chunk) }
        if end == 1 {
            self.state = .complete
            return .framing(2)
        }
        self.trailerBytes += end + 1
        return self.trailerBytes < Self.maximumTrailerBytes ? .framing(end + 1) : .fault(.trailersTooLarge)
    }
}

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
