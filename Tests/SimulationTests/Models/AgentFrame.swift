import Base
import DockerBridge
import NIOCore
import Support

@testable import EdgeTunnel

/// One frame that the agent sent, unmasked; anything that breaks the rules for a client is a problem.
struct AgentFrame {
    let opcode: WebSocketOpcode
    let payload: ByteBuffer

    /// Takes a complete frame from the front of `bytes`; `nil` when there is none yet.
    static func take(from bytes: inout ByteBuffer) throws -> AgentFrame? {
        var rest = bytes
        guard let header = try ClientFrameHeader.take(from: &rest) else { return nil }
        guard let opcode = WebSocketOpcode(rawValue: header.opcode), opcode != .continuation else {
            throw ClientFrameHeader.Broken(what: "a frame has the opcode \(header.opcode)")
        }
        guard rest.readableBytes >= 4 + header.length, let key = rest.readInteger(endianness: .host, as: UInt32.self),
            var payload = rest.readSlice(length: header.length)
        else { return nil }
        payload.withUnsafeMutableReadableBytes { WebSocketMask.apply(key, to: $0) }
        bytes = rest
        return AgentFrame(opcode: opcode, payload: payload)
    }
}

/// The members of a message's `data`, by name.
struct AgentMessage {
    let type: String
    private let data: ByteBuffer

    init?(_ payload: ByteBuffer) {
        guard let type = JSONMember.text("type", of: payload), let data = JSONMember.object("data", of: payload) else {
            return nil
        }
        (self.type, self.data) = (type, data)
    }

    func text(_ name: StaticString) -> String? { JSONMember.text(name, of: self.data) }
    func integer(_ name: StaticString) -> Int? { JSONMember.integer(name, of: self.data) }
    func bool(_ name: StaticString) -> Bool? { JSONMember.bool(name, of: self.data) }

    /// A value's text as it stands: with its quotes, if it is a string.
    func raw(_ name: StaticString) -> ByteBuffer? {
        self.data.withUnsafeReadableBytes { bytes -> ByteBuffer? in
            var scanner = JSONScanner(bytes)
            let range = try? scanner.readMember(name) { scanner throws(JSONError) -> Range<Int>? in
                _ = scanner.nextKind()
                return try scanner.skipValue()
            }
            guard let range = range ?? nil else { return nil }
            return self.data.getSlice(at: self.data.readerIndex + range.lowerBound, length: range.count)
        }
    }

    /// The value of a string that holds no escapes, with its bytes where they are.
    func plainText(_ name: StaticString) -> ByteBuffer? {
        guard let raw = self.raw(name), raw.readableBytes >= 2 else { return nil }
        return raw.getSlice(at: raw.readerIndex + 1, length: raw.readableBytes - 2)
    }

    /// The bytes that a string stands for in base64.
    func base64(_ name: StaticString) -> ByteBuffer? {
        guard let text = self.plainText(name) else { return nil }
        var bytes = ByteBuffer()
        var isValid = true
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: Base64.maximumDecodedLength(text.readableBytes)) {
            room in
            text.withUnsafeReadableBytes { source in
                guard let count = Base64.decode(source, into: room.baseAddress!) else {
                    isValid = false
                    return 0
                }
                return count
            }
        }
        return isValid ? bytes : nil
    }
}
