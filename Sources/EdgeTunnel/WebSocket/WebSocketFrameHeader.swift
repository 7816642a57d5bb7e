import NIOCore

/// What a WebSocket frame is; raw values from RFC 6455, section 5.2.
enum WebSocketOpcode: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Control frames may stand between the fragments of a message and may not be fragmented themselves.
    var isControl: Bool {
        self.rawValue & 0x8 != 0
    }
}

/// Writes the header of a frame that the agent sends: always final, always masked.
///
/// The payload is written first and the header afterwards, directly in front of it, because only then is the length known.
enum WebSocketFrameHeader {
    /// Head room, in bytes, that is enough for every payload.
    static let maximumLength = 14

    /// Header length in bytes: 6 for a payload up to 125, 8 up to 65,535, else 14.
    static func length(payload: Int) -> Int {
        switch payload {
        case ...125: 6
        case ...0xFFFF: 8
        default: 14
        }
    }

    /// Writes the header at `destination`, which must have room for `length(payload:)` bytes.
    /// - Parameter maskKey: the four key bytes in memory order, as `WebSocketMask` takes them.
    /// - Returns: the number of bytes written.
    @discardableResult
    static func write(
        _ opcode: WebSocketOpcode,
        payload: Int,
        maskKey: UInt32,
        to destination: UnsafeMutableRawPointer
    ) -> Int {
        let isFinal: UInt8 = 0x80
        let isMasked: UInt8 = 0x80
        let length = self.length(payload: payload)
        destination.storeBytes(of: isFinal | opcode.rawValue, as: UInt8.self)
        switch length {
        case 6:
            destination.storeBytes(of: isMasked | UInt8(payload), toByteOffset: 1, as: UInt8.self)
        case 8:
            destination.storeBytes(of: isMasked | 126, toByteOffset: 1, as: UInt8.self)
            destination.storeBytes(of: UInt16(payload).bigEndian, toByteOffset: 2, as: UInt16.self)
        default:
            destination.storeBytes(of: isMasked | 127, toByteOffset: 1, as: UInt8.self)
            destination.storeBytes(of: UInt64(payload).bigEndian, toByteOffset: 2, as: UInt64.self)
        }
        destination.storeBytes(of: maskKey, toByteOffset: length - 4, as: UInt32.self)
        return length
    }
}

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
