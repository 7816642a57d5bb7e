import NIOCore

/// Which of a process's outputs some bytes came from.
package enum StdStream: UInt8, Sendable {
    case stdin = 0
    case stdout = 1
    case stderr = 2
}

/// Splits Docker's multiplexed stream: `[stream u8][0 0 0][length u32 big endian]`, then `length` bytes.
///
/// Payload is handed out as it comes, without waiting for the end of a frame, so no bound on a frame's length is
/// needed and nothing is copied.
struct StdcopyDecoder {
    struct Malformed: Error {}

    private static let headerBytes = 8
    private var header = ByteBuffer()
    private var stream = StdStream.stdout
    private var remaining = 0

    /// Calls `body` with the pieces of payload in `bytes`, which are taken off it, until `body` returns `false`.
    mutating func decode(
        _ bytes: inout ByteBuffer,
        _ body: (ByteBuffer, StdStream) -> Bool
    ) throws(Malformed) {
        while bytes.readableBytes > 0 {
            if self.remaining == 0 {
                guard try self.readHeader(&bytes) else { return }
                continue
            }
            let count = min(self.remaining, bytes.readableBytes)
            self.remaining -= count
            if let payload = bytes.readSlice(length: count), !body(payload, self.stream) { return }
        }
    }

    private mutating func readHeader(_ bytes: inout ByteBuffer) throws(Malformed) -> Bool {
        let missing = min(Self.headerBytes - self.header.readableBytes, bytes.readableBytes)
        if var part = bytes.readSlice(length: missing) { self.header.writeBuffer(&part) }
        guard self.header.readableBytes == Self.headerBytes else { return false }
        defer { self.header.clear() }
        guard
            let (kind, zero1, zero2, length) = self.header.readMultipleIntegers(
                as: (UInt8, UInt8, UInt16, UInt32).self
            ),
            let stream = StdStream(rawValue: kind), zero1 == 0, zero2 == 0
        else { throw Malformed() }
        self.stream = stream
        self.remaining = Int(length)
        return true
    }
}
