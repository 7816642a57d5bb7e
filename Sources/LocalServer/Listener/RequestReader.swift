import Base
import DockerBridge
import Glibc
import NIOCore

/// What the bytes of one client connection mean.
///
/// ```
/// head ─┬─ no body ───────────▶ complete ──expectNext──▶ head
///       ├─ length / chunked ─▶ body ─▶ complete
///       └─ any, switchToRaw ─▶ raw (for good)
/// ```
///
/// A value: no socket, no clock. Bytes go in with `received`, events are drawn with `next` until it says that it needs
/// more or that the request is complete. It may need more while it holds some: half of a chunk's size line is no event.
/// Nothing of the next request is looked at before `expectNext`.
struct RequestReader: ~Copyable {
    enum Event {
        case head(RequestHead)
        /// A piece of the body, or raw bytes.
        case bytes(ByteBuffer)
        /// The request is complete.
        case end
    }

    /// What `next` finds.
    enum Step {
        case event(Event)
        /// The next event lies beyond what was received, whatever is held.
        case needsMore
        /// Nothing follows before `expectNext`.
        case complete
    }

    private enum State {
        case head
        case sized(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkDataEnd
        case trailers
        case complete
        case raw
    }

    private static let maximumChunkLineBytes = 4096
    private static let maximumTrailerBytes = 8192

    private var state = State.head
    private var buffer = ByteBuffer()
    /// Bytes of an incomplete head that hold no end of it.
    private var scannedBytes = 0
    private var trailerBytes = 0

    var bufferedBytes: Int { self.buffer.readableBytes }
    /// What `bufferedBytes` take in memory, consumed bytes in front of them included.
    var storageBytes: Int { self.buffer.storageCapacity }
    /// Whether `next` asked for more and nothing has come since: only a read goes on from here.
    private(set) var isStarved = false
    var isComplete: Bool {
        if case .complete = self.state { true } else { false }
    }

    mutating func received(_ bytes: ByteBuffer) {
        self.isStarved = false
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
        } else {
            self.buffer.writeImmutableBuffer(bytes)
        }
    }

    /// The answer was given: the next request may begin.
    mutating func expectNext() {
        self.state = .head
        self.scannedBytes = 0
    }

    mutating func switchToRaw() {
        self.state = .raw
    }

    mutating func next() throws(RequestFault) -> Step {
        if let event = try self.nextEvent() { return .event(event) }
        self.buffer.releaseConsumed()
        if self.isComplete { return .complete }
        self.isStarved = true
        return .needsMore
    }

    private mutating func nextEvent() throws(RequestFault) -> Event? {
        while true {
            switch self.state {
            case .head:
                guard let head = try self.readHead() else { return nil }
                switch head.body {
                // Complete at once; its end is told all the same.
                case .none: self.state = .sized(remaining: 0)
                case .sized(let length): self.state = .sized(remaining: length)
                case .chunked: self.state = .chunkSize
                }
                return .head(head)
            case .sized(0):
                self.state = .complete
                return .end
            case .sized(let remaining):
                guard let bytes = self.take(upTo: remaining) else { return nil }
                self.state = .sized(remaining: remaining - bytes.readableBytes)
                return .bytes(bytes)
            case .chunkSize:
                guard let size = try self.readChunkSize() else { return nil }
                self.trailerBytes = 0
                self.state = size == 0 ? .trailers : .chunkData(remaining: size)
            case .chunkData(let remaining):
                guard let bytes = self.take(upTo: remaining) else { return nil }
                let rest = remaining - bytes.readableBytes
                self.state = rest == 0 ? .chunkDataEnd : .chunkData(remaining: rest)
                return .bytes(bytes)
            case .chunkDataEnd:
                guard let end = self.buffer.readInteger(as: UInt16.self) else { return nil }
                guard end == 0x0d0a else { throw Self.brokenChunk }
                self.state = .chunkSize
            case .trailers:
                guard try self.skipTrailers() else { return nil }
                self.state = .complete
                return .end
            case .complete:
                return nil
            case .raw:
                return self.take(upTo: .max).map { .bytes($0) }
            }
        }
    }

    private mutating func readHead() throws(RequestFault) -> RequestHead? {
        guard let length = try self.headLength() else { return nil }
        let result = self.buffer.withUnsafeReadableBytes { bytes -> Result<RequestHead, RequestFault> in
            do throws(RequestFault) {
                return .success(try RequestHeadParser.parse(UnsafeRawBufferPointer(rebasing: bytes[..<length])))
            } catch {
                return .failure(error)
            }
        }
        self.buffer.moveReaderIndex(forwardBy: length)
        if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
        var head = try result.get()
        head.byteCount = length
        return head
    }

    /// The number of bytes up to and with the empty line; `nil` when it has not arrived yet.
    private mutating func headLength() throws(RequestFault) -> Int? {
        let start = self.scannedBytes
        let found = self.buffer.withUnsafeReadableBytes { bytes -> Int? in
            guard let base = bytes.baseAddress else { return nil }
            var index = start
            while index < bytes.count,
                let feed = memchr(base + index, Int32(UInt8(ascii: "\n")), bytes.count - index)
            {
                let next = UnsafeRawPointer(feed) - base + 1
                if next + 1 < bytes.count, bytes[next] == 0x0d, bytes[next + 1] == 0x0a { return next + 2 }
                // Not ours, but an end that others see; the parser says what is wrong with it.
                if next < bytes.count, bytes[next] == 0x0a { return next + 1 }
                index = next
            }
            return nil
        }
        if let found, found <= RequestHeadParser.maximumBytes { return found }
        guard found == nil, self.buffer.readableBytes < RequestHeadParser.maximumBytes else {
            throw RequestFault.headTooLarge
        }
        if let first = self.buffer.readableBytesView.first, !first.isTokenByte {
            throw RequestFault.bad("this is not HTTP/1.1")
        }
        // The last two bytes may be the beginning of an end.
        self.scannedBytes = max(0, self.buffer.readableBytes - 3)
        return nil
    }

    private mutating func take(upTo limit: Int) -> ByteBuffer? {
        let count = min(limit, self.buffer.readableBytes)
        if count == 0 { return nil }
        // All of it is given away: a view left behind would keep the channel from using this memory again.
        if count == self.buffer.readableBytes { return Swift.exchange(&self.buffer, with: ByteBuffer()) }
        return self.buffer.readSlice(length: count)
    }

    /// `1a2b;extension CRLF`
    private mutating func readChunkSize() throws(RequestFault) -> Int? {
        let view = self.buffer.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            guard view.count < Self.maximumChunkLineBytes else { throw Self.brokenChunk }
            return nil
        }
        let line = view[..<end]
        let digits = line.prefix { $0.hexDigit != nil }
        let rest = line[digits.endIndex...]
        guard (1...15).contains(digits.count), line.count <= Self.maximumChunkLineBytes, rest.last == 0x0d,
            rest.count == 1 || rest.first == UInt8(ascii: ";"), rest.dropLast().allSatisfy(\.isFieldValueByte)
        else { throw Self.brokenChunk }
        let size = digits.reduce(0) { $0 << 4 | ($1.hexDigit ?? 0) }
        self.buffer.moveReaderIndex(to: end + 1)
        return size
    }

    /// Trailers are dropped: nothing behind us asks for them. Returns whether the empty line was reached.
    private mutating func skipTrailers() throws(RequestFault) -> Bool {
        while let end = self.buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let length = end + 1 - self.buffer.readerIndex
            guard length >= 2, self.buffer.getInteger(at: end - 1, as: UInt8.self) == 0x0d else {
                throw Self.brokenChunk
            }
            self.buffer.moveReaderIndex(to: end + 1)
            if length == 2 { return true }
            self.trailerBytes += length
            guard self.trailerBytes < Self.maximumTrailerBytes else { throw Self.brokenChunk }
        }
        guard self.buffer.readableBytes < Self.maximumTrailerBytes else { throw Self.brokenChunk }
        return false
    }

    private static let brokenChunk = RequestFault.bad("malformed chunk")
}
