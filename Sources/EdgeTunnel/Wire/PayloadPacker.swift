import NIOCore

/// Packs a stream of raw bytes into frames of `prefix` + base64 + `"}}`.
///
/// The bytes are encoded straight into the open frame as they come, so pieces of any size become frames as large as
/// one read burst, at most `maximumPayload`.
struct PayloadPacker: ~Copyable {
    /// Raw bytes in one frame; the contract allows 32 KiB. A WebSocket message cannot be interleaved, and a key press
    /// must not wait longer. This much makes a frame of 32 KB with its text, which just fits a buffer of 32 KiB: one
    /// byte more would double the memory of everything that waits.
    static let maximumPayload = 24_000
    private static let suffix: StaticString = #""}}"#

    private let prefix: ByteBuffer
    private let allocator: ByteBufferAllocator
    private var open: FrameBuilder?
    private var encoder = Base64StreamEncoder()
    private var payload = 0
    /// Payload of the last frame: the next one is probably as large.
    private var lastPayload = 0

    /// - Parameter prefix: the frame's text up to and including the quote that opens the base64 text.
    init(prefix: ByteBuffer, allocator: ByteBufferAllocator) {
        self.prefix = prefix
        self.allocator = allocator
    }

    /// Takes bytes from the front of `bytes`; returns a frame as soon as it is full.
    mutating func append(_ bytes: inout ByteBuffer) -> FrameBuilder? {
        let count = min(Self.maximumPayload - self.payload, bytes.readableBytes)
        if self.open == nil { self.begin(expecting: count) }
        bytes.readWithUnsafeReadableBytes { source in
            let piece = UnsafeRawBufferPointer(rebasing: source[..<count])
            let length = self.encoder.encodedLength(appending: count)
            self.open?.write { buffer in
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { destination in
                    self.encoder.append(piece, into: destination.baseAddress!)
                }
            }
            return count
        }
        self.payload += count
        return self.payload == Self.maximumPayload ? self.takeFrame() : nil
    }

    /// The frame under way, closed; `nil` when there is none.
    mutating func takeFrame() -> FrameBuilder? {
        guard var frame = self.open.take() else { return nil }
        frame.write { buffer in
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 4) { self.encoder.finish(into: $0.baseAddress!) }
            buffer.writeStaticString(Self.suffix)
        }
        self.lastPayload = self.payload
        self.payload = 0
        return frame
    }

    private mutating func begin(expecting count: Int) {
        let payload = min(max(count, self.lastPayload), Self.maximumPayload)
        let capacity = self.prefix.readableBytes + Base64.encodedLength(payload) + Self.suffix.utf8CodeUnitCount
        var frame = FrameBuilder(capacity: capacity, allocator: self.allocator)
        frame.write { $0.writeImmutableBuffer(self.prefix) }
        self.open = consume frame
    }
}
