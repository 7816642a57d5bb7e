import HTTPWire
import NIOCore

/// What the bytes of one engine connection mean for the exchange that runs on it.
///
/// ```
/// head ──┬─ 1xx ─▶ head (neither the answer nor the end of its deadline)
///        ├─ length / chunked / until close ─▶ body ─▶ complete
///        └─ 101, or a success without an end ─▶ upgraded (raw both ways until the engine closes)
/// ```
///
/// A value: no socket, no clock. Bytes go in with `received`, events are drawn with `next` until it returns `nil`.
struct ExchangeStateMachine: ~Copyable {
    enum Event {
        /// The engine is ready for a body that was announced with `Expect`.
        case bodyIsWanted
        case head(ResponseHead)
        case body(ByteBuffer)
        /// The response is complete; the connection may serve another request if `reusable`.
        case end(reusable: Bool)
    }

    private enum State: Equatable {
        case head
        case body
        case upgraded
        case complete
    }

    /// Interim heads (1xx) before one answer. Engines send at most one.
    private static let maximumInterimHeads = 16

    private let isHead: Bool
    private let expectsUpgrade: Bool
    private let mayBecomeRaw: Bool
    private var state = State.head
    private var body = BodyDecoder(.length(0))
    private var buffer = ByteBuffer()
    private var keepsAlive = true
    private var interimHeads = 0
    private var arrival = HeadArrival()
    /// The head of the answer has come. An interim head (1xx) is not one.
    private(set) var hasBegun = false

    /// - Parameters:
    ///   - isHead: the request was `HEAD`, whose response has a head only, whatever its framing says.
    ///   - expectsUpgrade: the request asked for raw bytes; a 101 that was not asked for is not an answer.
    ///   - mayBecomeRaw: a success that ends with the connection is the connection itself.
    init(isHead: Bool, expectsUpgrade: Bool, mayBecomeRaw: Bool = false) {
        self.isHead = isHead
        self.expectsUpgrade = expectsUpgrade
        self.mayBecomeRaw = mayBecomeRaw
    }

    var isUpgraded: Bool { self.state == .upgraded }

    /// Nothing came that belongs to this answer.
    var isUntouched: Bool { !self.hasBegun && self.interimHeads == 0 }

    mutating func received(_ bytes: ByteBuffer) {
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
                guard let parsed = try ResponseHeadParser.parse(&self.buffer, &self.arrival) else { return nil }
                if (100..<200).contains(parsed.head.status), parsed.head.status != 101 {
                    self.interimHeads += 1
                    guard self.interimHeads <= Self.maximumInterimHeads else { throw Self.neverAnswers }
                    if parsed.head.status == 100 { return .bodyIsWanted }
                    continue
                }
                self.hasBegun = true
                if parsed.head.status == 101, !self.expectsUpgrade { throw Self.unaskedUpgrade }
                self.begin(parsed)
                var head = parsed.head
                head.isRaw = self.isUpgraded
                return .head(head)
            case .body:
                switch try self.nextPiece() {
                case .bytes(let bytes): return .body(bytes)
                case .end: return self.complete()
                case nil: return nil
                }
            case .upgraded: return self.buffer.takeFront(upTo: .max).map { .body($0) }
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
        case .upgraded, .complete:
            return nil
        case .body where self.body.endsWithConnection:
            return nil
        case .head where self.isUntouched:
            return BridgeError(.engineUnreachable, "the engine closed the connection without an answer")
        case .head, .body:
            return BridgeError(.truncated, "the engine closed the connection before the answer was complete")
        }
    }

    private mutating func begin(_ parsed: ResponseHeadParser.Parsed) {
        self.keepsAlive = parsed.keepsAlive
        let status = parsed.head.status
        let hasNoBody = self.isHead || status == 204 || status == 304
        let isBare = self.mayBecomeRaw && !hasNoBody && parsed.framing == .untilClose && (200..<300).contains(status)
        guard status != 101, !isBare else {
            self.state = .upgraded
            return
        }
        self.body = BodyDecoder(hasNoBody ? .length(0) : parsed.framing, allowsBlanks: true)
        self.state = .body
    }

    private mutating func nextPiece() throws(BridgeError) -> BodyDecoder.Piece? {
        do throws(WireFault) {
            return try self.body.next(from: &self.buffer, joinsChunks: true)
        } catch {
            throw BridgeError(error)
        }
    }

    private mutating func complete() -> Event {
        self.state = .complete
        return .end(reusable: self.keepsAlive && self.buffer.readableBytes == 0)
    }

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
