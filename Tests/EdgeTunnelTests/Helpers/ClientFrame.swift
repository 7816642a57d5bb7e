import NIOCore
import Support

/// One frame that the agent sent, unmasked.
struct ClientFrame: Sendable {
    let opcode: UInt8
    var payload: ByteBuffer

    var text: String { String(buffer: self.payload) }

    /// Takes a complete frame from the front of `bytes`.
    static func take(from bytes: inout ByteBuffer) -> ClientFrame? {
        var rest = bytes
        // Anything else than a proper frame ends the test.
        guard let header = try! ClientFrameHeader.take(from: &rest), let key = rest.readBytes(length: 4),
            var payload = rest.readSlice(length: header.length)
        else { return nil }
        payload.withUnsafeMutableReadableBytes { bytes in
            for index in 0..<bytes.count { bytes[index] ^= key[index & 3] }
        }
        bytes = rest
        return ClientFrame(opcode: header.opcode, payload: payload)
    }
}
