import DockerBridge
import HTTPWire
import NIOCore

/// The frames of an answer to `request`, written straight into the frame's buffer.
enum ResponseFrames {
    /// `{"type":"response","data":{"requestId":…,"statusCode":…,"headers":{…}[,"isStream":true][,"contentType":…]`,
    /// left open for the body.
    static func writeHead(id: String, head: ResponseHead, isStream: Bool, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(#"{"type":"response","data":{"requestId":"#)
        buffer.writeJSONString(id)
        buffer.writeStaticString(#","statusCode":"#)
        buffer.writeJSONInteger(head.status)
        buffer.writeStaticString(#","headers":{"#)
        let contentType = self.writeHeaders(head.fields, into: &buffer)
        buffer.writeStaticString("}")
        if isStream { buffer.writeStaticString(#","isStream":true"#) }
        if let contentType {
            buffer.writeStaticString(#","contentType":"#)
            buffer.writeJSONString(contentType)
        }
    }

    static func streamHead(id: String, head: ResponseHead, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 512, allocator: allocator) { buffer in
            self.writeHead(id: id, head: head, isStream: true, into: &buffer)
            buffer.writeStaticString("}}")
        }
    }

    /// The head of a streamed 503 of the agent's own. The message follows as the engine reports an error.
    static func refusedStreamHead(id: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 256, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"response","data":{"requestId":"#)
            buffer.writeJSONString(id)
            buffer.writeStaticString(#","statusCode":503,"headers":{"Content-Type":"application/json"},"#)
            buffer.writeStaticString(#""isStream":true,"contentType":"application/json"}}"#)
        }
    }

    /// One `stream` frame with `{"message":…}`.
    static func streamedMessage(_ message: String, id: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        var json = ByteBuffer(string: #"{"message":"#)
        json.writeJSONString(message)
        json.writeStaticString("}\n")
        return FrameBuilder(capacity: 512, allocator: allocator) { buffer in
            buffer.writeImmutableBuffer(self.streamPrefix(id: id))
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Base64.encodedLength(json.readableBytes)) { text in
                guard let text = text.baseAddress else { return 0 }
                return json.withUnsafeReadableBytes { Base64.encode($0, into: text) }
            }
            buffer.writeStaticString(#""}}"#)
        }
    }

    /// What comes before the base64 text in every `stream` frame of one id.
    static func streamPrefix(id: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeStaticString(#"{"type":"stream","data":{"requestId":"#)
        buffer.writeJSONString(id)
        buffer.writeStaticString(#","data":""#)
        return buffer
    }

    /// A frame without data, which tells the controller that a silent stream lives.
    static func streamPulse(id: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 128, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"stream","data":{"requestId":"#)
            buffer.writeJSONString(id)
            buffer.writeStaticString(#","data":""}}"#)
        }
    }

    static func streamEnd(id: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 128, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"stream_end","data":{"requestId":"#)
            buffer.writeJSONString(id)
            buffer.writeStaticString(#","reason":"complete"}}"#)
        }
    }

    static func error(_ message: String, requestID: String?, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: 256, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"error","data":{"message":"#)
            buffer.writeJSONString(message)
            if let requestID {
                buffer.writeStaticString(#","requestId":"#)
                buffer.writeJSONString(requestID)
            }
            buffer.writeStaticString("}}")
        }
    }

    /// `Content-Length` stays behind: the other end counts the bytes it makes of the body. Returns the content type.
    private static func writeHeaders(_ fields: ResponseHead.Fields, into buffer: inout ByteBuffer) -> String? {
        var contentType: String?
        var isFirst = true
        fields.forEachJoined { name, value in
            if name.equalsIgnoringCase("content-length") { return }
            if name.equalsIgnoringCase("content-type") { contentType = String(decoding: value, as: UTF8.self) }
            if !isFirst { buffer.writeStaticString(",") }
            isFirst = false
            buffer.writeJSONString(name)
            buffer.writeStaticString(":")
            buffer.writeJSONString(value)
        }
        return contentType
    }
}

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
