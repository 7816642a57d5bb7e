import DockerBridge
import HTTPWire
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
        case body
        case complete
        case raw
    }

    private var state = State.head
    private var search = HeadSearch()
    private var body = BodyDecoder(.length(0))
    private var buffer = ByteBuffer()

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
        self.search = HeadSearch()
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
        switch self.state {
        case .head:
            guard let head = try self.readHead() else { return nil }
            // A request without a body is complete at once; its end is told all the same.
            self.body =
                switch head.body {
                case .none: BodyDecoder(.length(0))
                case .sized(let length): BodyDecoder(.length(length))
                case .chunked: BodyDecoder(.chunked)
                }
            self.state = .body
            return .head(head)
        case .body:
            switch try self.nextPiece() {
            case .bytes(let bytes): return .bytes(bytes)
            case .end:
                self.state = .complete
                return .end
            case nil: return nil
            }
        case .complete:
            return nil
        case .raw:
            return self.buffer.takeFront(upTo: .max).map { .bytes($0) }
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
        var search = self.search
        let found = self.buffer.withUnsafeReadableBytes { search.end(in: $0) }
        self.search = search
        if let found, found <= RequestHeadParser.maximumBytes { return found }
        guard found == nil, self.buffer.readableBytes < RequestHeadParser.maximumBytes else {
            throw RequestFault.headTooLarge
        }
        if let first = self.buffer.readableBytesView.first, !first.isTokenByte {
            throw RequestFault.bad("this is not HTTP/1.1")
        }
        return nil
    }

    private mutating func nextPiece() throws(RequestFault) -> BodyDecoder.Piece? {
        do throws(WireFault) {
            return try self.body.next(from: &self.buffer)
        } catch {
            throw RequestFault(error)
        }
    }
}
