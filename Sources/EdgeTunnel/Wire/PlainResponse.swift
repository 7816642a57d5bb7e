import Base
import DockerBridge
import NIOCore

/// One `response` frame under way: the head is written, the body is appended raw behind `"body":` as it comes.
///
/// A JSON object or array stays exactly as the engine sent it. Anything else that is UTF-8 becomes a JSON string with
/// that text. What is neither, or whose text does not fit a frame, becomes `"bodyBase64"` for a controller that reads
/// that, and has no form on the wire to any other.
struct PlainResponse: ~Copyable {
    /// Largest frame a Drydock takes is 16 MiB; it ends the session above that. 64 KiB below leaves room for all
    /// that is counted differently at the other end.
    static let maximumFrameBytes = 16 * 1024 * 1024 - 64 * 1024

    enum Outcome: ~Copyable {
        case frame(FrameBuilder)
        case unrepresentable(String)
    }

    private static let bodyKey: StaticString = #","body":"#
    private static let base64Key: StaticString = #","bodyBase64":""#
    private static let end: StaticString = "}}"
    private static let base64End: StaticString = #""}}"#

    private let allocator: ByteBufferAllocator
    private let limit: Int
    private let takesBase64Bodies: Bool
    private var frame: FrameBuilder
    /// Bytes of text before `,"body":`.
    private let headBytes: Int

    /// - Parameters:
    ///   - limit: bytes of frame that there is memory for.
    ///   - takesBase64Bodies: whether the controller reads `bodyBase64`.
    init(id: String, head: ResponseHead, limit: Int, takesBase64Bodies: Bool, allocator: ByteBufferAllocator) {
        self.allocator = allocator
        self.limit = min(limit, Self.maximumFrameBytes)
        self.takesBase64Bodies = takesBase64Bodies
        let expected = head.contentLength ?? 2048
        self.frame = FrameBuilder(capacity: 512 + min(expected, 1 << 20), allocator: allocator)
        self.frame.write { ResponseFrames.writeHead(id: id, head: head, isStream: false, into: &$0) }
        self.headBytes = self.frame.count
        self.frame.write { $0.writeStaticString(Self.bodyKey) }
    }

    var tooLarge: String { self.larger(than: self.limit - self.headBytes) }

    private func larger(than bytes: Int) -> String {
        if self.limit < Self.maximumFrameBytes {
            "response body is larger than \(bytes) bytes; raise the agent's MEMORY_BUDGET"
        } else {
            "response body does not fit a frame: it is larger than \(bytes) bytes"
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
            guard kind == .object || kind == .array else { return self.otherBody(bodyStart: bodyStart) }
        }
        self.frame.write { $0.writeStaticString(Self.end) }
        return .frame(self.frame)
    }

    /// A body that is not a JSON object or array.
    private consuming func otherBody(bodyStart: Int) -> Outcome {
        let escaped = self.frame.withReadableBytes { text -> Int? in
            let body = UnsafeRawBufferPointer(rebasing: text[bodyStart...])
            return UTF8Check.isValid(body) ? JSONText.escapedByteCount(body) : nil
        }
        // Before a byte is written: text of control characters becomes six times as long.
        let quotesAndEnd = 2 + Self.end.utf8CodeUnitCount
        if let escaped, bodyStart + escaped + quotesAndEnd <= self.limit {
            return self.asText(bodyStart: bodyStart, escaped: escaped)
        }
        if self.takesBase64Bodies { return self.asBase64(bodyStart: bodyStart) }
        return .unrepresentable(
            escaped == nil ? "response body is binary, which this connection cannot represent" : self.tooLarge
        )
    }

    private func asText(bodyStart: Int, escaped: Int) -> Outcome {
        let quotesAndEnd = 2 + Self.end.utf8CodeUnitCount
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

    /// Encodes the body where it stands, because a second buffer would hold up to 16 MiB beside the first.
    private consuming func asBase64(bodyStart: Int) -> Outcome {
        let bodyBytes = self.frame.count - bodyStart
        let around = Self.base64Key.utf8CodeUnitCount + Self.base64End.utf8CodeUnitCount
        let room = self.limit - self.headBytes - around
        guard Base64.encodedLength(bodyBytes) <= room else { return .unrepresentable(self.larger(than: room / 4 * 3)) }
        let head = self.headBytes
        self.frame.write { buffer in
            buffer.writeRepeatingByte(
                0,
                count: around + Base64.encodedLength(bodyBytes) - bodyBytes - (bodyStart - head)
            )
            buffer.withUnsafeMutableReadableBytes { text in
                let shift = Self.base64Key.utf8CodeUnitCount - Self.bodyKey.utf8CodeUnitCount
                let body = UnsafeMutableRawBufferPointer(rebasing: text[bodyStart...])
                Base64.encodeInPlace(body, count: bodyBytes, at: shift)
                Self.put(Self.base64Key, text, at: head)
                Self.put(Self.base64End, text, at: text.count - Self.base64End.utf8CodeUnitCount)
            }
        }
        return .frame(self.frame)
    }

    private static func put(_ text: StaticString, _ bytes: UnsafeMutableRawBufferPointer, at offset: Int) {
        text.withUTF8Buffer { UnsafeMutableRawBufferPointer(rebasing: bytes[offset...]).copyMemory(from: .init($0)) }
    }
}
