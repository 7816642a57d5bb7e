import NIOCore
import Support

/// The bytes that a stream is made of: everybody who knows its key can tell which byte stands where.
///
/// All streams are windows into one block of letters and digits. Its length is a prime, so that a piece which is lost or
/// doubled shifts the rest, whatever its length is.
struct Pattern {
    private static let period = 65_521
    /// Twice the period: a window of one period is in one piece, wherever it begins.
    private static let block: ByteBuffer = {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        var random = SplitMix(seed: 1)
        let period = (0..<Self.period).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
        return ByteBuffer(bytes: period + period)
    }()

    private let start: Int

    init(key: UInt64) {
        self.start = Int(key % UInt64(Self.period))
    }

    /// `count` bytes from `offset` on.
    func bytes(_ offset: Int, _ count: Int) -> ByteBuffer {
        var result = ByteBuffer()
        self.pieces(offset, count) { start, length in
            let piece = Self.block.getSlice(at: start, length: length)!
            if length == count { result = piece } else { result.writeImmutableBuffer(piece) }
            return true
        }
        return result
    }

    /// Whether `bytes` are those from `offset` on.
    func matches(_ bytes: UnsafeRawBufferPointer, from offset: Int) -> Bool {
        var done = 0
        var isEqual = true
        self.pieces(offset, bytes.count) { start, length in
            let part = UnsafeRawBufferPointer(rebasing: bytes[done..<(done + length)])
            isEqual = Self.block.withUnsafeReadableBytes { block in
                UnsafeRawBufferPointer(rebasing: block[start..<(start + length)]).isSame(as: part)
            }
            done += length
            return isEqual
        }
        return isEqual
    }

    private func pieces(_ offset: Int, _ count: Int, _ body: (_ start: Int, _ length: Int) -> Bool) {
        var (offset, rest) = (offset, count)
        while rest > 0 {
            let start = (self.start + offset) % Self.period
            let length = min(rest, Self.period)
            guard body(start, length) else { return }
            offset += length
            rest -= length
        }
    }
}
