import DockerBridge
import NIOCore

/// The frames of an exec session, agent to controller.
enum ExecFrames {
    static func ready(id: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 128, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"exec_ready","data":{"execId":"#)
            buffer.writeJSONString(id)
            buffer.writeStaticString("}}")
        }
    }

    /// What comes before the base64 text of an `exec_output`. The stream is named only where there are two.
    static func outputPrefix(id: String, stream: StdStream?) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeStaticString(#"{"type":"exec_output","data":{"execId":"#)
        buffer.writeJSONString(id)
        switch stream {
        case .stdout?, .stdin?: buffer.writeStaticString(#","stream":"stdout""#)
        case .stderr?: buffer.writeStaticString(#","stream":"stderr""#)
        case nil: break
        }
        buffer.writeStaticString(#","data":""#)
        return buffer
    }

    static func end(id: String, _ end: ExecEnd, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 192, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"exec_end","data":{"execId":"#)
            buffer.writeJSONString(id)
            buffer.writeStaticString(#","reason":"#)
            buffer.writeJSONString(end.reason)
            if let exitCode = end.exitCode {
                buffer.writeStaticString(#","exitCode":"#)
                buffer.writeJSONInteger(exitCode)
            }
            buffer.writeStaticString("}}")
        }
    }
}
