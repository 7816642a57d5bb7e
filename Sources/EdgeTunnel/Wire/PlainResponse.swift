import Base
import DockerBridge
import NIOCore

/// One `response` frame under way: the head is written, the body is appended raw behind `"body":` as it comes.
///
/// A JSON object or array stays exactly as the engine sent it. Anything else that is UTF-8 becomes a JSON string with
/// that text. What is neither has no form on this wire.
struct PlainResponse: ~Copyable {
    /// Largest frame a Drydock takes is 16 MiB; it ends the session above that. 64 KiB below leaves room for all
    /// that is counted differently at the other end.
    static let maximumFrameBytes = 16 * 1024 * 1024 - 64 * 1024

    enum Outcome: ~Copyable {
        case frame(FrameBuilder)
        case unrepresentable(String)
    }

    private static let bodyKey: StaticString = #","body":"#
    private static let end: StaticString = "}}"

    private let allocator: ByteBufferAllocator
    private let limit: Int
    private var frame: FrameBuilder
    /// Bytes of text before `,"body":`.
    private let headBytes: Int

    /// - Parameter limit: bytes of frame that there is memory for.
    init(id: String, head: ResponseHead, limit: Int, allocator: ByteBufferAllocator) {
        self.allocator = allocator
        self.limit = min(limit, Self.maximumFrameBytes)
        let expected = head.contentLength ?? 2048
        self.frame = FrameBuilder(capacity: 512 + min(expected, 1 << 20), allocator: allocator)
        self.frame.write { ResponseFrames.writeHead(id: id, head: head, isStream: false, into: &$0) }
        self.headBytes = self.frame.count
        self.frame.write { $0.writeStaticString(Self.bodyKey) }
    }

    var tooLarge: String {
        if self.limit < Self.maximumFrameBytes {
            "response body is larger than \(self.limit - self.headBytes) bytes; raise the agent's MEMORY_BUDGET"
        } else {
            "response body does not fit a frame: it is larger than \(self.limit - self.headBytes) bytes"
        }
    }

    /// Returns `false` when the frame would become too large.
    mutating func append(_ bytes: ByteBuffer) -> Bool {
        guard self.frame.count + bytes.readableBytes + Self.end.utf8CodeUnitCount <= self.limit else {
            return false
        }
        self.frame.write { $0.writeImmutableBuffer(bytes) }
        return true
    }

    consuming func finished() -> Outcome {
        let bodyStart = self.headBytes + Self.bodyKey.utf8CodeUnitCount
        let bodyBytes = self.frame.count - bodyStart
        if bodyBytes == 0 {
            self.frame.truncate(to: self.headBytes)
        } else {
            let kind = self.frame.withReadableBytes { text in
                JSONText.validate(UnsafeRawBufferPointer(rebasing: text[bodyStart...]))
            }
            guard kind == .object || kind == .array else { return self.asText(bodyStart: bodyStart) }
        }
        self.frame.write { $0.writeStaticString(Self.end) }
        return .frame(self.frame)
    }

    private func asText(bodyStart: Int) -> Outcome {
        let quotesAndEnd = 2 + Self.end.utf8CodeUnitCount
        let escaped = self.frame.withReadableBytes { text -> Int? in
            let body = UnsafeRawBufferPointer(rebasing: text[bodyStart...])
            return UTF8Check.isValid(body) ? JSONText.escapedByteCount(body) : nil
        }
        guard let escaped else {
            return .unrepresentable("response body is binary, which this connection cannot represent")
        }
        // Before a byte is written: text of control characters becomes six times as long.
        guard bodyStart + escaped + quotesAndEnd <= self.limit else { return .unrepresentable(self.tooLarge) }
        var result = FrameBuilder(capacity: bodyStart + escaped + quotesAndEnd, allocator: self.allocator)
        self.frame.withReadableBytes { text in
            let body = UnsafeRawBufferPointer(rebasing: text[bodyStart...])
            result.write { buffer in
                buffer.writeBytes(text[..<bodyStart])
                buffer.writeJSONString(body)
                buffer.writeStaticString(Self.end)
            }
        }
        return .frame(result)
    }
}
