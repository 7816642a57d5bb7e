import NIOCore

/// One message on its way in: its fragments so far, or only a prefix and a count once it is skipped, because it is above
/// the limit or was refused.
struct WebSocketMessage {
    private let maximumBytes: Int
    private(set) var fragments = 0
    /// Announced by the headers so far, in bytes; stays at `Int.max` once there.
    private(set) var length = 0
    private var bytes = ByteBuffer()
    private var isRefused = false

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    private var isOversized: Bool { self.length > self.maximumBytes }
    private var isSkipped: Bool { self.isOversized || self.isRefused }
    /// Gathered so far.
    var heldBytes: Int { self.bytes.readableBytes }

    /// A header has come that adds `length` bytes to the message.
    mutating func announce(_ length: Int) {
        self.fragments += 1
        let (sum, overflow) = self.length.addingReportingOverflow(length)
        self.length = overflow ? .max : sum
        if self.isOversized { self.shrink() }
    }

    /// Skips the rest of it.
    mutating func refuse() {
        self.isRefused = true
        self.shrink()
    }

    private mutating func shrink() {
        guard self.bytes.readableBytes > WebSocketReader.oversizedPrefixBytes else { return }
        // A copy, because a view would keep the memory of everything gathered.
        self.bytes = ByteBuffer(bytes: self.bytes.readableBytesView.prefix(WebSocketReader.oversizedPrefixBytes))
    }

    /// Takes `count` bytes of payload that are not the last ones.
    mutating func gather(_ count: Int, from input: inout ByteBuffer) {
        var part = input.readSlice(length: count)!
        if self.isSkipped {
            let missing = WebSocketReader.oversizedPrefixBytes - self.bytes.readableBytes
            part = part.readSlice(length: min(max(missing, 0), count))!
        }
        self.bytes.writeBuffer(&part)
    }

    /// Takes the last `count` bytes of payload and gives the message away; a view of `input` if nothing came before.
    consuming func finish(with count: Int, from input: inout ByteBuffer) -> WebSocketReader.Event {
        if self.isSkipped {
            self.gather(count, from: &input)
            return self.isOversized
                ? .oversized(prefix: self.bytes, length: self.length)
                : .refused(prefix: self.bytes, length: self.length)
        }
        if self.bytes.readableBytes == 0 {
            return .message(input.readSlice(length: count)!)
        }
        self.gather(count, from: &input)
        return .message(self.bytes)
    }
}
