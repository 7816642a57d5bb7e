import Base
import DockerBridge
import Drydock
import NIOCore

/// Answers to what a Drydock asks of its adapter.
enum AdapterFrames {
    /// Everything around the text of a log answer.
    static let logAnswerEnd: StaticString = #""}}"#

    /// The beginning of `dd:container_log_response {requestId?, containerId, logs}`, up to the text.
    static func logAnswerStart(_ target: AdapterTarget, capacity: Int, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: capacity, allocator: allocator) { buffer in
            buffer.writeStaticString(#"{"type":"dd:container_log_response","data":{"#)
            buffer.writeJSON { json in
                self.writeTarget(target, into: &json)
                json.key("logs")
            }
            buffer.writeStaticString("\"")
        }
    }

    /// A log answer that says in its text what went wrong: there is no other place for it.
    static func logAnswer(_ target: AdapterTarget, error: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        self.frame("dd:container_log_response", target, allocator) { json in
            json.member("logs", "error: \(error)")
        }
    }

    /// `dd:container_log_chunk {requestId, containerId, stream, logs}`
    static func logChunk(
        _ target: AdapterTarget,
        _ text: ByteBuffer,
        _ stream: StdStream,
        allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        self.frame("dd:container_log_chunk", target, allocator, capacity: text.readableBytes * 5 / 4) { json in
            json.member("stream", stream == .stderr ? "stderr" : "stdout")
            json.key("logs")
            text.withUnsafeReadableBytes { json.value($0) }
        }
    }

    /// `dd:container_log_end {requestId, containerId, reason}`
    static func logEnd(_ target: AdapterTarget, reason: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        self.frame("dd:container_log_end", target, allocator) { json in
            json.member("reason", reason)
        }
    }

    /// `dd:container_log_error {requestId, containerId, error}`
    static func logError(_ target: AdapterTarget, _ error: String, allocator: ByteBufferAllocator) -> FrameBuilder {
        self.frame("dd:container_log_error", target, allocator) { json in
            json.member("error", error)
        }
    }

    /// `dd:container_delete_response {requestId?, containerId, success, error?}`
    static func deleteAnswer(_ target: AdapterTarget, error: String?, allocator: ByteBufferAllocator) -> FrameBuilder {
        self.frame("dd:container_delete_response", target, allocator) { json in
            json.member("success", error == nil)
            json.member("error", error)
        }
    }

    private static func frame(
        _ type: StaticString,
        _ target: AdapterTarget,
        _ allocator: ByteBufferAllocator,
        capacity: Int = 0,
        _ body: (inout JSONWriter<ByteBuffer>) -> Void
    ) -> FrameBuilder {
        FrameBuilder(capacity: 256 + capacity, type, allocator) { json in
            self.writeTarget(target, into: &json)
            body(&json)
        }
    }

    private static func writeTarget(_ target: AdapterTarget, into json: inout JSONWriter<ByteBuffer>) {
        json.member("requestId", target.requestID)
        json.member("containerId", target.containerID)
    }
}
