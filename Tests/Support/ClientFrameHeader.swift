package import NIOCore

/// What stands before the payload of a frame that the agent sent, up to the mask's key. The agent's frames are final and
/// masked.
package struct ClientFrameHeader {
    package let opcode: UInt8
    package let length: Int

    package struct Broken: Error {
        package let what: String

        package init(what: String) {
            self.what = what
        }
    }

    /// Takes the header from the front of `bytes`; `nil` when not all of it is there.
    package static func take(from bytes: inout ByteBuffer) throws(Broken) -> ClientFrameHeader? {
        guard let first = bytes.readInteger(as: UInt8.self), let second = bytes.readInteger(as: UInt8.self) else {
            return nil
        }
        guard first & 0xf0 == 0x80 else { throw Broken(what: "a frame begins with \(first)") }
        guard second & 0x80 != 0 else { throw Broken(what: "a frame is not masked") }
        var length = Int(second & 0x7f)
        if length == 126 {
            guard let long = bytes.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if length == 127 {
            guard let long = bytes.readInteger(as: UInt64.self) else { return nil }
            length = Int(long)
        }
        return ClientFrameHeader(opcode: first & 0x0f, length: length)
    }
}
