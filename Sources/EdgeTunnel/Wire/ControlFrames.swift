import DockerBridge
import NIOCore

/// Frames that belong to no stream.
enum ControlFrames {
    static func ping(milliseconds: Int64, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 64, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"ping","data":{"timestamp":"#)
            buffer.writeJSONInteger(Int(milliseconds))
            buffer.writeStaticString("}}")
        }
    }

    /// - Parameter timestamp: the raw JSON value of the ping, sent back as it came.
    static func pong(timestamp: ByteBuffer?, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 64, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"pong","data":{"#)
            if let timestamp {
                buffer.writeStaticString(#""timestamp":"#)
                buffer.writeImmutableBuffer(timestamp)
            }
            buffer.writeStaticString("}}")
        }
    }

    /// The WebSocket close frame.
    static func close(code: UInt16, reason: StaticString, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 125, allocator: allocator) { buffer in
            buffer.writeInteger(code)
            buffer.writeStaticString(reason)
        }
    }
}
