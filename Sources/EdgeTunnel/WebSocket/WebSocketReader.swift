import NIOCore

/// Turns the bytes that the controller sends into whole messages and control frames (RFC 6455, client side).
///
/// Fed with `append`, asked with `next` until that answers nil. A message that lies whole in the appended bytes is a view
/// of them; one that arrives in parts is gathered in a buffer that grows with what has come, never with what was
/// announced. A message above `messageBytes` is not gathered but counted, so that its request can be answered and the
/// connection lives on; one above `skippedBytes` breaks a rule. Text is not checked for UTF-8 here:
/// the reader of its JSON does that in the same pass.
/// Lengths that are not in their shortest form are read as they stand.
///
///     ┌────────────────────────────────────────────┐
///     │ a fragment or a control frame has ended    │
///     ▼                                            │
///    head ──2, 4 or 10 bytes──▶ payload ───────────┘
///     │                           │
///     │ broken rule               ├──close frame────▶ closed   swallows whatever follows
///     └───────────▶ broken ◀──────┘
///                     throws the same violation for ever
struct WebSocketReader {
    enum Event: Equatable, Sendable {
        /// A whole text or binary message.
        case message(ByteBuffer)
        /// A message above the limit has passed by: its first `oversizedPrefixBytes`, and its length in bytes.
        case oversized(prefix: ByteBuffer, length: Int)
        /// A message that `refuseMessage` gave up has passed by.
        case refused(prefix: ByteBuffer, length: Int)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// The controller closes; nothing follows. No code if the frame was empty, broken UTF-8 in the reason repaired.
        case close(code: UInt16?, reason: String)
    }

    /// As many fragments per message as the controller itself accepts; a peer that sends more is at fault.
    static let maximumFragments = 131_072
    /// Kept of a message above the limit: enough to find the id that must be answered.
    static let oversizedPrefixBytes = 4096

    private enum State {
        case head
        case payload(Frame)
        case closed
        case broken(WebSocketViolation)
    }

    private struct Frame {
        let opcode: WebSocketOpcode
        let isFinal: Bool
        /// Payload bytes still to come.
        let remaining: Int

        func after(_ count: Int) -> Self {
            Self(opcode: self.opcode, isFinal: self.isFinal, remaining: self.remaining - count)
        }
    }

    struct Limits: Equatable {
        /// Of a message that is gathered.
        var messageBytes: Int
        /// Of a message that is skipped. One that announces more would keep the connection deaf for as long as it likes.
        var skippedBytes: Int
    }

    /// Count for each message that begins from now on.
    var limits: Limits
    private var state = State.head
    private var input = ByteBuffer()
    private var head = WebSocketHead()
    private var message: WebSocketMessage?
    /// Messages that have begun so far.
    private(set) var begunMessages = 0
    private var control = ByteBuffer()

    init(limits: Limits) {
        self.limits = limits
    }

    /// Bytes gathered of a message that is not complete.
    var heldBytes: Int { self.message?.heldBytes ?? 0 }
    /// Bytes that the headers of an incomplete message have announced so far; `nil` between two messages.
    var announcedBytes: Int? { self.message?.length }

    /// Skips the incomplete message; it ends as `refused`.
    mutating func refuseMessage() {
        self.message?.refuse()
    }

    /// Takes the next bytes of the connection; without a copy when `next` has answered nil before.
    mutating func append(_ bytes: ByteBuffer) {
        if self.input.readableBytes == 0 {
            self.input = bytes
        } else {
            self.input.writeImmutableBuffer(bytes)
        }
    }

    /// The next event in the bytes so far, or nil when more are needed.
    mutating func next() throws(WebSocketViolation) -> Event? {
        while true {
            switch self.state {
            case .head:
                guard let frame = try self.readHead() else { return self.waitForMore() }
                self.state = .payload(frame)
            case .payload(let frame):
                let count = min(frame.remaining, self.input.readableBytes)
                let event = try self.readPayload(of: frame, count: count)
                if event != nil { return event }
                if count < frame.remaining { return self.waitForMore() }
            case .closed:
                return self.waitForMore()
            case .broken(let violation):
                throw violation
            }
        }
    }

    /// Lets go of the drained input, so that the channel can use its memory for the next read.
    private mutating func waitForMore() -> Event? {
        self.input = ByteBuffer()
        return nil
    }

    private mutating func readHead() throws(WebSocketViolation) -> Frame? {
        guard self.head.fill(from: &self.input) else { return nil }
        let head = exchange(&self.head, with: WebSocketHead())
        guard head.reservedBits == 0 else { throw self.fail(.reservedBits) }
        guard !head.isMasked else { throw self.fail(.maskedFrame) }
        guard let opcode = head.opcode else { throw self.fail(.unknownOpcode(head.rawOpcode)) }
        guard let length = head.length else { throw self.fail(.impossibleLength) }
        if opcode.isControl {
            guard head.isFinal else { throw self.fail(.fragmentedControlFrame) }
            guard length <= 125 else { throw self.fail(.longControlFrame) }
        } else {
            try self.announce(length, isContinuation: opcode == .continuation)
        }
        return Frame(opcode: opcode, isFinal: head.isFinal, remaining: length)
    }

    private mutating func announce(_ length: Int, isContinuation: Bool) throws(WebSocketViolation) {
        if isContinuation {
            guard let fragments = self.message?.fragments else { throw self.fail(.strayContinuation) }
            guard fragments < Self.maximumFragments else { throw self.fail(.tooManyFragments) }
        } else {
            guard self.message == nil else { throw self.fail(.interruptedMessage) }
            self.message = WebSocketMessage(maximumBytes: self.limits.messageBytes)
            self.begunMessages &+= 1
        }
        self.message?.announce(length)
        if let total = self.message?.length, total > self.limits.skippedBytes { throw self.fail(.hugeMessage(total)) }
    }

    private mutating func readPayload(of frame: Frame, count: Int) throws(WebSocketViolation) -> Event? {
        let isWhole = count == frame.remaining
        self.state = isWhole ? .head : .payload(frame.after(count))
        guard !frame.opcode.isControl else {
            var part = self.input.readSlice(length: count)!
            if isWhole, self.control.readableBytes == 0 { return try self.event(frame.opcode, part) }
            self.control.writeBuffer(&part)
            return isWhole ? try self.event(frame.opcode, exchange(&self.control, with: ByteBuffer())) : nil
        }
        guard isWhole, frame.isFinal else {
            self.message!.gather(count, from: &self.input)
            return nil
        }
        return exchange(&self.message, with: nil)!.finish(with: count, from: &self.input)
    }

    private mutating func event(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) throws(WebSocketViolation) -> Event {
        switch opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        case .close, .text, .binary, .continuation:
            guard payload.readableBytes != 1 else { throw self.fail(.halfCloseCode) }
            var payload = payload
            let code = payload.readInteger(as: UInt16.self)
            self.state = .closed
            return .close(code: code, reason: String(buffer: payload))
        }
    }

    private mutating func fail(_ violation: WebSocketViolation) -> WebSocketViolation {
        self.state = .broken(violation)
        self.input = ByteBuffer()
        self.message = nil
        return violation
    }
}

extension WebSocketReader.Limits {
    /// Before the welcome, which has some 200 bytes.
    static let greeting = Self(messageBytes: 64 * 1024, skippedBytes: 64 * 1024)
    /// A message above 16 MiB is skipped and answered with an error, and the session goes on; one above 64 MiB ends the
    /// session with 1009.
    static let live = Self(messageBytes: 16 * 1024 * 1024, skippedBytes: 64 * 1024 * 1024)
}
