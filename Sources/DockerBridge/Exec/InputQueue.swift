package import NIOCore

/// Bytes that wait for a process or for the engine, in pieces of their own.
///
/// A frame may be one key or a paste of megabytes. Small ones are put together, so that a million keys do not take a
/// million allocations; large ones are cut, so that what has been sent is freed while the rest waits.
package struct InputQueue {
    package static let pieceBytes = 64 * 1024

    private var pieces: CircularBuffer<ByteBuffer> = []
    package private(set) var bytes = 0

    package init() {}

    package var isEmpty: Bool { self.bytes == 0 }
    /// What the pieces take.
    var storageBytes: Int { self.pieces.reduce(0) { $0 + $1.storageCapacity } }

    package mutating func push(_ bytes: ByteBuffer) {
        var rest = bytes.readableBytesView[...]
        self.bytes += rest.count
        // Written outside of the queue: in place its subscript would copy the whole piece for every key.
        if var last = self.pieces.popLast() {
            let part = rest.prefix(max(Self.pieceBytes - last.readableBytes, 0))
            last.writeBytes(part)
            self.pieces.append(last)
            rest = rest.dropFirst(part.count)
        }
        while !rest.isEmpty {
            let part = rest.prefix(Self.pieceBytes)
            self.pieces.append(ByteBuffer(bytes: part))
            rest = rest.dropFirst(part.count)
        }
    }

    package mutating func popFirst() -> ByteBuffer? {
        guard let piece = self.pieces.popFirst() else { return nil }
        self.bytes -= piece.readableBytes
        return piece
    }

    package mutating func removeAll() {
        self.pieces.removeAll()
        self.bytes = 0
    }
}
