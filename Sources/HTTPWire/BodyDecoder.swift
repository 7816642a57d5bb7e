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
