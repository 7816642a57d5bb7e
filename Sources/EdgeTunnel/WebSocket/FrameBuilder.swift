import NIOCore

/// One outgoing WebSocket frame while it is written: JSON text behind head room for the header.
///
/// The text is written once, in place; sealing puts the header right before it and masks it where it lies. It cannot be
/// copied: a second owner of the buffer would turn each of these steps into a copy of everything written so far.
struct FrameBuilder: ~Copyable {
    private(set) var buffer: ByteBuffer

    /// - Parameter capacity: bytes of payload expected; more is taken too.
    init(capacity: Int, allocator: ByteBufferAllocator) {
        let headRoom = WebSocketFrameHeader.maximumLength
        self.buffer = allocator.buffer(capacity: headRoom + capacity)
        self.buffer.moveWriterIndex(to: headRoom)
        self.buffer.moveReaderIndex(to: headRoom)
    }

    /// A frame whose text `body` writes in one go.
    init(capacity: Int, allocator: ByteBufferAllocator, writing body: (inout ByteBuffer) -> Void) {
        self.init(capacity: capacity, allocator: allocator)
        body(&self.buffer)
    }

    var count: Int { self.buffer.readableBytes }

    mutating func write(_ body: (inout ByteBuffer) -> Void) {
        body(&self.buffer)
    }

    /// Drops everything behind the first `count` bytes of text.
    mutating func truncate(to count: Int) {
        self.buffer.moveWriterIndex(to: self.buffer.readerIndex + count)
    }

    func withReadableBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        self.buffer.withUnsafeReadableBytes(body)
    }

    /// Puts the header before the text and masks it; the result is ready for the socket.
    consuming func sealed(_ opcode: WebSocketOpcode, mask: UInt32) -> ByteBuffer {
        var buffer = exchange(&self.buffer, with: ByteBuffer())
        let length = buffer.readableBytes
        let start = buffer.readerIndex - WebSocketFrameHeader.length(payload: length)
        buffer.withUnsafeMutableReadableBytes { WebSocketMask.apply(mask, to: $0) }
        buffer.moveReaderIndex(to: start)
        buffer.withUnsafeMutableReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            WebSocketFrameHeader.write(opcode, payload: length, maskKey: mask, to: base)
        }
        return buffer
    }
}
