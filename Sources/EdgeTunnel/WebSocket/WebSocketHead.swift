import NIOCore

/// Collects the two to ten bytes in front of a server frame's payload, which may arrive one by one.
struct WebSocketHead {
    private var bytes = [10 of UInt8](repeating: 0)
    private var count = 0

    /// Takes what is missing from `input`.
    /// - Returns: whether the head is complete; the properties below mean something only then.
    mutating func fill(from input: inout ByteBuffer) -> Bool {
        while self.count < self.needed, let byte = input.readInteger(as: UInt8.self) {
            self.bytes[self.count] = byte
            self.count += 1
        }
        return self.count == self.needed
    }

    var isFinal: Bool { self.bytes[0] & 0x80 != 0 }
    var reservedBits: UInt8 { self.bytes[0] & 0x70 }
    var rawOpcode: UInt8 { self.bytes[0] & 0x0F }
    var opcode: WebSocketOpcode? { WebSocketOpcode(rawValue: self.rawOpcode) }
    var isMasked: Bool { self.bytes[1] & 0x80 != 0 }

    /// Payload bytes; nil if the number does not fit 63 bits, which the standard forbids.
    var length: Int? {
        guard self.needed > 2 else { return Int(self.bytes[1] & 0x7F) }
        var length: UInt64 = 0
        for index in 2..<self.needed {
            length = length << 8 | UInt64(self.bytes[index])
        }
        return Int(exactly: length)
    }

    private var needed: Int {
        guard self.count >= 2 else { return 2 }
        return switch self.bytes[1] & 0x7F {
        case 127: 10
        case 126: 4
        default: 2
        }
    }
}
