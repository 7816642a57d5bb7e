import NIOCore
import Support

/// What a controller writes: messages in one frame or in several, control frames between them.
struct ServerFrames {
    private var random: SplitMix
    /// Of a hundred messages, how many come in several frames.
    let fragmentedPerCent: Int

    init(random: SplitMix, fragmentedPerCent: Int) {
        self.random = random
        self.fragmentedPerCent = fragmentedPerCent
    }

    mutating func message(_ text: String) -> ByteBuffer {
        var payload = ByteBuffer(string: text)
        var bytes = ByteBuffer()
        guard Int.random(in: 0..<100, using: &self.random) < self.fragmentedPerCent, payload.readableBytes > 1 else {
            Self.write(0x81, payload, to: &bytes)
            return bytes
        }
        var first: UInt8 = 0x01
        while payload.readableBytes > 0 {
            let count = Int.random(in: 1...payload.readableBytes, using: &self.random)
            let part = payload.readSlice(length: count)!
            Self.write(payload.readableBytes == 0 ? first | 0x80 : first, part, to: &bytes)
            first = 0x00
            // A pong that nobody asked for: allowed everywhere, and answered by nobody.
            if count % 5 == 0 { Self.write(0x8a, ByteBuffer(string: "!"), to: &bytes) }
        }
        return bytes
    }

    static func frame(_ start: UInt8, _ payload: ByteBuffer) -> ByteBuffer {
        var bytes = ByteBuffer()
        self.write(start, payload, to: &bytes)
        return bytes
    }

    private static func write(_ start: UInt8, _ payload: ByteBuffer, to bytes: inout ByteBuffer) {
        bytes.writeInteger(start)
        switch payload.readableBytes {
        case ...125: bytes.writeInteger(UInt8(payload.readableBytes))
        case ...0xffff: bytes.writeMultipleIntegers(UInt8(126), UInt16(payload.readableBytes))
        default: bytes.writeMultipleIntegers(UInt8(127), UInt64(payload.readableBytes))
        }
        bytes.writeImmutableBuffer(payload)
    }
}
