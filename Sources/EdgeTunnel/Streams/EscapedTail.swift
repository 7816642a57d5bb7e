import Base
import DequeModule
import DockerBridge
import NIOCore

/// The newest part of a text that fits a limit, as the inside of a JSON string.
///
/// Text is escaped as it comes and copied into slabs; the oldest slab is dropped once the text is over the limit. Slabs are
/// large, so that the allocator gives each of them back to the system when it is freed: a thousand small buffers would
/// stay in its heap.
struct EscapedTail {
    /// Bytes of the largest slab.
    private static let slabBytes = 1 << 20
    /// A short text takes little memory.
    private static let firstSlabBytes = 4096
    /// At most this part of the limit is dropped at once.
    private static let slabsPerLimit = 16

    private let limit: Int
    private let allocator: ByteBufferAllocator
    private var slabs: Deque<ByteBuffer> = []
    private var escaped = ByteBuffer()
    /// Bytes of the text.
    private(set) var count = 0
    /// Bytes of memory.
    private(set) var heldBytes = 0
    /// The oldest part was dropped.
    private(set) var wasCut = false

    /// - Parameter limit: bytes of text, escaped.
    init(limit: Int, allocator: ByteBufferAllocator) {
        self.limit = limit
        self.allocator = allocator
    }

    mutating func append(_ text: ByteBuffer) {
        self.escaped.clear()
        text.withUnsafeReadableBytes { self.escaped.writeJSONString($0) }
        // Without its quotes: all pieces are one text in the end.
        self.escaped.moveReaderIndex(forwardBy: 1)
        self.escaped.moveWriterIndex(to: self.escaped.writerIndex - 1)
        self.makeRoom(for: self.escaped.readableBytes)
        self.slabs[self.slabs.count - 1].writeImmutableBuffer(self.escaped)
        self.count += self.escaped.readableBytes
        while self.count > self.limit, let oldest = self.slabs.popFirst() {
            self.count -= oldest.readableBytes
            self.heldBytes -= oldest.storageCapacity
            self.wasCut = true
        }
    }

    /// A piece is never split, so no slab begins inside an escape.
    private mutating func makeRoom(for bytes: Int) {
        if let last = self.slabs.last, last.writableBytes >= bytes { return }
        let usual = min(Self.slabBytes, self.limit / Self.slabsPerLimit, max(Self.firstSlabBytes, self.count))
        let slab = self.allocator.buffer(capacity: max(bytes, usual))
        self.heldBytes += slab.storageCapacity
        self.slabs.append(slab)
    }

    /// Hands the text out slab by slab, freeing each, and without the rest of a line whose beginning was dropped.
    mutating func drain(_ body: (ByteBuffer) -> Void) {
        if self.wasCut { self.dropPartOfLine() }
        while let slab = self.slabs.popFirst() { body(slab) }
        self = EscapedTail(limit: self.limit, allocator: self.allocator)
    }

    /// What is left of a line whose beginning was dropped would pass for a line. One that has no end is kept: it is all
    /// there is.
    private mutating func dropPartOfLine() {
        for (index, slab) in self.slabs.enumerated() {
            guard let end = Self.lineEnd(in: slab) else { continue }
            self.slabs.removeFirst(index)
            self.slabs[0].moveReaderIndex(to: end)
            return
        }
    }

    /// Where the first line of an escaped text ends.
    private static func lineEnd(in slab: ByteBuffer) -> Int? {
        let text = slab.readableBytesView
        var index = text.startIndex
        while index < text.endIndex {
            guard text[index] == UInt8(ascii: "\\"), index + 1 < text.endIndex else {
                index += 1
                continue
            }
            if text[index + 1] == UInt8(ascii: "n") { return index + 2 }
            index += 2
        }
        return nil
    }
}
