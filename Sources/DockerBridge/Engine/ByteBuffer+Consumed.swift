package import NIOCore

extension ByteBuffer {
    /// Bytes of storage that a reader may keep beside twice what it holds: one small read.
    package static let spareBytes = 4 << 10

    /// Gives consumed storage back, for a reader that is about to wait for more.
    ///
    /// A write never reuses the room in front of the reader index. A peer whose bytes never end where a read ends would
    /// therefore make the buffer grow by everything that it sends. The rest is copied only when the storage is more than twice
    /// as large, so that all copies together cost less than the reads.
    package mutating func releaseConsumed() {
        guard self.storageCapacity > 2 * self.readableBytes + Self.spareBytes else { return }
        self = self.readableBytes == 0 ? ByteBuffer() : ByteBuffer(bytes: self.readableBytesView)
    }
}
