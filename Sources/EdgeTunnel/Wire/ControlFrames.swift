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

    /// Tells of a frame that no id can be echoed of.
    static func error(_ message: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 128, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"error","data":{"message":"#)
            buffer.writeJSONString(message)
            buffer.writeStaticString("}}")
        }
    }

    /// What our close frame says to the controller's: its own code, unless that is one which may not be sent
    /// (RFC 6455, section 7.4). `nil` stands for a frame without a code.
    static func closeCode(answering code: UInt16?) -> UInt16 {
        switch code {
        case nil: 1000
        case .some(let code) where (1000...1003).contains(code) || (1007...1014).contains(code): code
        case .some(let code) where (3000...4999).contains(code): code
        case .some: 1002
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
