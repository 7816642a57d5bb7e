import DockerBridge
import NIOCore

/// Answers to what a Drydock asks of its adapter.
enum AdapterFrames {
    /// Everything around the text of a log answer.
    static let logAnswerEnd: StaticString = #""}}"#

    /// The beginning of `dd:container_log_response {requestId?, containerId, logs}`, up to the text.
    static func logAnswerStart(_ target: AdapterTarget, capacity: Int, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: capacity, allocator: allocator) { buffer in
            var data = self.begin("dd:container_log_response", target, &buffer)
            data.key("logs", into: &buffer)
            buffer.writeStaticString("\"")
        }
    }

    /// A log answer that says in its text what went wrong: there is no other place for it.
    static func logAnswer(_ target: AdapterTarget, error: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        self.frame("dd:container_log_response", target, allocator) { data, buffer in
            data.write("logs", "error: \(error)", into: &buffer)
        }
    }

    /// `dd:container_log_chunk {requestId, containerId, stream, logs}`
    static func logChunk(
        _ target: AdapterTarget,
        _ text: ByteBuffer,
        _ stream: StdStream,
        allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        self.frame("dd:container_log_chunk", target, allocator, capacity: text.readableBytes * 5 / 4) { data, buffer in
            data.write("stream", stream == .stderr ? "stderr" : "stdout", into: &buffer)
            data.key("logs", into: &buffer)
            text.withUnsafeReadableBytes { buffer.writeJSONString($0) }
        }
    }

    /// `dd:container_log_end {requestId, containerId, reason}`
    static func logEnd(_ target: AdapterTarget, reason: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        self.frame("dd:container_log_end", target, allocator) { data, buffer in
            data.write("reason", reason, into: &buffer)
        }
    }

    /// `dd:container_log_error {requestId, containerId, error}`
    static func logError(_ target: AdapterTarget, _ error: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        self.frame("dd:container_log_error", target, allocator) { data, buffer in
            data.write("error", error, into: &buffer)
        }
    }

    /// `dd:container_delete_response {requestId?, containerId, success, error?}`
    static func deleteAnswer(_ target: AdapterTarget, error: String?, allocator: ByteBufferAllocator) -> FrameBuilder {
        self.frame("dd:container_delete_response", target, allocator) { data, buffer in
            data.write("success", error == nil, into: &buffer)
            data.write("error", error, into: &buffer)
        }
    }

    private static func frame(
        _ type: String,
        _ target: AdapterTarget,
        _ allocator: ByteBufferAllocator,
        capacity: Int = 0,
        _ body: (inout JSONObjectWriter, inout ByteBuffer) -> Void
    ) -> FrameBuilder {
        FrameBuilder(capacity: 256 + capacity, allocator: allocator) { buffer in
            var data = self.begin(type, target, &buffer)
            body(&data, &buffer)
            data.end(&buffer)
            buffer.writeStaticString("}")
        }
    }

    private static func begin(_ type: String, _ target: AdapterTarget, _ buffer: inout ByteBuffer) -> JSONObjectWriter {
        buffer.writeStaticString(#"{"type":"#)
        buffer.writeJSONString(type)
        buffer.writeStaticString(#","data":"#)
        var data = JSONObjectWriter(&buffer)
        data.write("requestId", target.requestID, into: &buffer)
        data.write("containerId", target.containerID, into: &buffer)
        return data
    }
}
