import Base
import NIOCore

/// What the bytes of one engine connection mean for the exchange that runs on it.
///
/// ```
/// head ──┬─ 1xx ─▶ head (neither the answer nor the end of its deadline)
///        ├─ length / chunked / until close ─▶ body ─▶ complete
///        └─ 101 ─▶ upgraded (raw both ways until the engine closes)
/// ```
///
/// A value: no socket, no clock. Bytes go in with `received`, events are drawn with `next` until it returns `nil`.
struct ExchangeStateMachine: ~Copyable {
    enum Event {
        case head(ResponseHead)
        case body(ByteBuffer)
        /// The response is complete; the connection may serve another request if `reusable`.
        case end(reusable: Bool)
    }

    private enum State: Equatable {
        case head
        case sized(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkDataEnd
        case trailers
        case untilClose
        case upgraded
        case complete
    }

    /// Longest chunk-size line with extensions, and all trailers together.
    private static let maximumLineBytes = 8 * 1024
    /// Interim heads (1xx) before one answer. Engines send at most one.
    private static let maximumInterimHeads = 16

    private let isHead: Bool
    private let expectsUpgrade: Bool
    private var state = State.head
    private var buffer = ByteBuffer()
    private var keepsAlive = true
    private var interimHeads = 0
    private var trailerBytes = 0
    /// A line of the head may be complete: until then its bytes are not read again.
    private var isHeadWorthReading = false
    /// The head of the answer has come. An interim head (1xx) is not one.
    private(set) var hasBegun = false

    /// - Parameters:
    ///   - isHead: the request was `HEAD`, whose response has a head only, whatever its framing says.
    ///   - expectsUpgrade: the request asked for raw bytes; a 101 that nobody asked for is no answer.
    init(isHead: Bool, expectsUpgrade: Bool) {
        self.isHead = isHead
        self.expectsUpgrade = expectsUpgrade
    }

    var isUpgraded: Bool { self.state == .upgraded }

    /// Nothing came that belongs to this answer.
    var isUntouched: Bool { !self.hasBegun && self.interimHeads == 0 }

    mutating func received(_ bytes: ByteBuffer) {
        if self.state == .head, !self.isHeadWorthReading {
            self.isHeadWorthReading =
                bytes.readableBytesView.contains(0x0a)
                || self.buffer.readableBytes + bytes.readableBytes >= ResponseHeadParser.maximumHeadBytes
        }
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            self.buffer.writeImmutableBuffer(bytes)
        }
    }

    /// What waits for more bytes takes in memory, consumed bytes in front of it included.
    var storageBytes: Int { self.buffer.storageCapacity }

    mutating func next() throws(BridgeError) -> Event? {
        if let event = try self.nextEvent() { return event }
        self.buffer.releaseConsumed()
        return nil
    }

    private mutating func nextEvent() throws(BridgeError) -> Event? {
        while true {
            switch self.state {
            case .head:
                guard self.isHeadWorthReading, let parsed = try ResponseHeadParser.parse(&self.buffer) else {
                    self.isHeadWorthReading = false
                    return nil
                }
                if (100..<200).contains(parsed.head.status), parsed.head.status != 101 {
                    self.interimHeads += 1
                    guard self.interimHeads <= Self.maximumInterimHeads else { throw Self.neverAnswers }
                    continue
                }
                self.hasBegun = true
                if parsed.head.status == 101, !self.expectsUpgrade { throw Self.unaskedUpgrade }
                self.begin(parsed)
                return .head(parsed.head)
            case .sized(let remaining):
                if remaining == 0 { return self.complete() }
                guard let bytes = self.take(upTo: remaining) else { return nil }
                self.state = .sized(remaining: remaining - bytes.readableBytes)
                return .body(bytes)
            case .chunkSize:
                if let bytes = ChunkGatherer.gather(&self.buffer) { return .body(bytes) }
                guard let size = try self.readChunkSize() else { return nil }
                self.state = size == 0 ? .trailers : .chunkData(remaining: size)
            case .chunkData(let remaining):
                guard let bytes = self.take(upTo: remaining) else { return nil }
                let rest = remaining - bytes.readableBytes
                self.state = rest == 0 ? .chunkDataEnd : .chunkData(remaining: rest)
                return .body(bytes)
            case .chunkDataEnd:
                guard let end = self.buffer.readInteger(as: UInt16.self) else { return nil }
                guard end == 0x0d0a else { throw Self.brokenChunk }
                self.state = .chunkSize
            case .trailers:
                guard try self.skipTrailers() else { return nil }
                return self.complete()
            case .untilClose, .upgraded:
                guard let bytes = self.take(upTo: .max) else { return nil }
                return .body(bytes)
            case .complete:
                // Bytes behind the end: the connection is out of step and must not be used again.
                if self.buffer.readableBytes > 0 { throw Self.excess }
                return nil
            }
        }
    }

    /// The engine closed its side. `nil` when that ends the response as it should.
    mutating func engineClosed() -> BridgeError? {
        defer { self.state = .complete }
        switch self.state {
        case .untilClose, .upgraded, .complete:
            return nil
        case .head where self.isUntouched:
            return BridgeError(.engineUnreachable, "the engine closed the connection without an answer")
        case .head, .sized, .chunkSize, .chunkData, .chunkDataEnd, .trailers:
            return BridgeError(.truncated, "the engine closed the connection before the answer was complete")
        }
    }

    private mutating func begin(_ parsed: ResponseHeadParser.Parsed) {
        self.keepsAlive = parsed.keepsAlive
        let status = parsed.head.status
        if status == 101 {
            self.state = .upgraded
        } else if self.isHead || status == 204 || status == 304 {
            self.state = .sized(remaining: 0)
        } else {
            switch parsed.framing {
            case .length(let length): self.state = .sized(remaining: length)
            case .chunked: self.state = .chunkSize
            case .untilClose: self.state = .untilClose
            }
        }
    }

    private mutating func complete() -> Event {
        self.state = .complete
        return .end(reusable: self.keepsAlive && self.buffer.readableBytes == 0)
    }

    private mutating func take(upTo limit: Int) -> ByteBuffer? {
        let count = min(limit, self.buffer.readableBytes)
        if count == 0 { return nil }
        // All of it is given away: a view left behind would keep the channel from using this memory again.
        if count == self.buffer.readableBytes { return Swift.exchange(&self.buffer, with: ByteBuffer()) }
        return self.buffer.readSlice(length: count)
    }

    /// `1a2b;extension CRLF`
    private mutating func readChunkSize() throws(BridgeError) -> Int? {
        enum Outcome {
            case more
            case broken
            case size(Int, length: Int)
        }
        let outcome = self.buffer.withUnsafeReadableBytes { bytes -> Outcome in
            var size = 0
            var index = 0
            while index < bytes.count, let digit = bytes[index].hexDigit {
                guard index < 15 else { return .broken }
                size = size << 4 | digit
                index += 1
            }
            guard index < bytes.count else { return index < 16 ? .more : .broken }
            guard index > 0 else { return .broken }
            if bytes[index] == 0x0d, index + 1 < bytes.count, bytes[index + 1] == 0x0a {
                return .size(size, length: index + 2)
            }
            guard let end = bytes[index...].firstIndex(of: 0x0a) else {
                return bytes.count < Self.maximumLineBytes ? .more : .broken
            }
            return bytes[end - 1] == 0x0d ? .size(size, length: end + 1) : .broken
        }
        switch outcome {
        case .more: return nil
        case .broken: throw Self.brokenChunk
        case .size(let size, let length):
            self.buffer.moveReaderIndex(forwardBy: length)
            return size
        }
    }

    /// Trailers are dropped: nothing behind us asks for them. Returns whether the empty line was reached.
    private mutating func skipTrailers() throws(BridgeError) -> Bool {
        while let end = self.buffer.readableBytesView.firstIndex(of: 0x0a) {
            let length = end - self.buffer.readerIndex
            guard length > 0, self.buffer.getInteger(at: end - 1, as: UInt8.self) == 0x0d else {
                throw Self.brokenChunk
            }
            self.buffer.moveReaderIndex(forwardBy: length + 1)
            if length == 1 { return true }
            self.trailerBytes += length + 1
            guard self.trailerBytes < Self.maximumLineBytes else { throw Self.brokenTrailers }
        }
        // The first byte of the empty line may be all that is there of it.
        guard self.trailerBytes + self.buffer.readableBytes <= Self.maximumLineBytes else { throw Self.brokenTrailers }
        return false
    }

    private static let brokenChunk = BridgeError(.malformedResponse, "the engine sent a malformed chunk")
    private static let brokenTrailers = BridgeError(
        .malformedResponse,
        "the engine's trailers are larger than 8 KiB"
    )
    private static let neverAnswers = BridgeError(
        .malformedResponse,
        "the engine sent more than 16 interim responses and no answer"
    )
    private static let unaskedUpgrade = BridgeError(
        .malformedResponse,
        "the engine switched protocols, which nobody asked for"
    )
    private static let excess = BridgeError(.malformedResponse, "the engine sent more than its answer")
}
