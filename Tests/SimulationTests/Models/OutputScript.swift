import DockerBridge
import NIOCore

/// The output of a log or a process, piece by piece: the bytes of one stream as they are, or those of two in Docker's
/// frames.
struct OutputScript {
    /// A piece of the second output has this part of the first one's bytes.
    private static let errorShare = 3

    let plan: AnswerPlan
    private(set) var outBytes = 0
    private(set) var errorBytes = 0

    init(_ plan: AnswerPlan) {
        self.plan = plan
    }

    /// Bytes that the second output has when the first one has `count`.
    static func errorBytes(beside count: Int) -> Int { count / self.errorShare }

    mutating func next() -> ByteBuffer? {
        let count = min(self.plan.pieceBytes, self.plan.streamedBytes - self.outBytes)
        guard count > 0 else { return nil }
        let out = self.plan.pattern.bytes(self.outBytes, count)
        self.outBytes += count
        guard !self.plan.isTTY else { return out }
        var bytes = ByteBuffer()
        Self.frame(out, .stdout, &bytes)
        let errors = Self.errorBytes(beside: self.outBytes) - self.errorBytes
        if errors > 0 {
            Self.frame(self.plan.errorPattern.bytes(self.errorBytes, errors), .stderr, &bytes)
            self.errorBytes += errors
        }
        return bytes
    }

    private static func frame(_ payload: ByteBuffer, _ stream: StdStream, _ bytes: inout ByteBuffer) {
        bytes.writeMultipleIntegers(stream.rawValue, UInt8(0), UInt16(0), UInt32(payload.readableBytes))
        bytes.writeImmutableBuffer(payload)
    }
}
