import NIOCore

/// One frame that the agent sent, unmasked.
struct ClientFrame: Sendable {
    let opcode: UInt8
    var payload: ByteBuffer

    var text: String { String(buffer: self.payload) }

    /// Takes a complete frame from the front of `bytes`. The agent's frames are final and masked.
    static func take(from bytes: inout ByteBuffer) -> ClientFrame? {
        var rest = bytes
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return nil
        }
        precondition(first & 0xf0 == 0x80 && second & 0x80 != 0, "a frame that is not final and masked")
        var length = Int(second & 0x7f)
        if length == 126 {
            guard let long = rest.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if length == 127 {
            guard let long = rest.readInteger(as: UInt64.self) else { return nil }
            length = Int(long)
        }
        guard let key = rest.readBytes(length: 4), var payload = rest.readSlice(length: length) else { return nil }
        payload.withUnsafeMutableReadableBytes { bytes in
            for index in 0..<bytes.count { bytes[index] ^= key[index & 3] }
        }
        bytes = rest
        return ClientFrame(opcode: first & 0x0f, payload: payload)
    }
}
