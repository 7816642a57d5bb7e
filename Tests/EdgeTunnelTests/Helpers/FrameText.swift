import DockerBridge
import NIOCore

@testable import EdgeTunnel

extension FrameBuilder {
    /// The frame's text, before it is sealed.
    var text: String { String(buffer: self.buffer) }
}

extension ResponseHead {
    /// The head of `status` with these header lines, read as the engine's would be.
    static func reading(_ status: Int = 200, _ lines: String...) throws -> ResponseHead {
        var buffer = ByteBuffer(string: (["HTTP/1.1 \(status) x"] + lines + ["", ""]).joined(separator: "\r\n"))
        guard let parsed = try ResponseHeadParser.parse(&buffer) else { throw IncompleteHead() }
        return parsed.head
    }

    struct IncompleteHead: Error {}
}

let testAllocator = ByteBufferAllocator()
