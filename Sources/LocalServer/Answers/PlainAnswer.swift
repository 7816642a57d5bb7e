import Auth
import DockerBridge
import HTTPWire
import NIOCore

/// A small answer of the agent's own.
struct PlainAnswer {
    var status: Int
    var contentType: String?
    var fields: [(name: String, value: String)] = []
    var body: ByteBuffer

    init(_ status: Int, contentType: String?, body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// One line of text for people.
    init(_ status: Int, _ text: String) {
        self.init(status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text + "\n"))
    }

    init(_ fault: RequestFault) {
        self.init(fault.status, fault.detail)
        if let reason = fault.reason { self.fields.append((HeaderFamily.lookout.reason, reason)) }
        if let seconds = fault.retryAfterSeconds { self.fields.append(("Retry-After", "\(seconds)")) }
    }

    init(_ failure: AuthFailure) {
        let answer = failure.answer
        self.init(answer.status, answer.text)
        if let reason = failure.reason { self.fields.append((failure.family.reason, reason)) }
        if let seconds = failure.retryAfterSeconds { self.fields.append(("Retry-After", "\(seconds)")) }
    }

    static let bodyTooLarge = PlainAnswer(413, "request body too large")

    /// `MEMORY_BUDGET` has no room for the body of a request that was let in.
    static let outOfMemory = {
        var answer = PlainAnswer(503, "the agent has no memory free for this body; ask again, or raise MEMORY_BUDGET")
        answer.fields.append(("Retry-After", "10"))
        return answer
    }()

    /// `MEMORY_BUDGET` has no room for an answer that the client may leave unread.
    static let noRoomForAnswer = {
        var answer = PlainAnswer(503, "the agent has no memory free for this answer; ask again, or raise MEMORY_BUDGET")
        answer.fields.append(("Retry-After", "10"))
        return answer
    }()

    /// - Parameter location: without a control character.
    static func moved(to location: String) -> Self {
        var answer = PlainAnswer(301, contentType: nil, body: ByteBuffer())
        answer.fields.append(("Location", location))
        return answer
    }

    static let nothing = PlainAnswer(200, contentType: nil, body: ByteBuffer())

    /// A body above this is sent as it is: several clients may share its bytes.
    private static let copiedBytes = 8 << 10

    /// - Parameter isHead: leaves the body away, not its length.
    func send(isHead: Bool, closes: Bool, to send: (ByteBuffer) -> Void) {
        guard !isHead, self.body.readableBytes > Self.copiedBytes else {
            return send(self.bytes(isHead: isHead, closes: closes))
        }
        send(self.bytes(isHead: true, closes: closes))
        send(self.body)
    }

    /// - Parameter isHead: leaves the body away, not its length.
    func bytes(isHead: Bool, closes: Bool) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(256 + (isHead ? 0 : self.body.readableBytes))
        bytes.writeStatusLine(self.status)
        if let type = self.contentType {
            bytes.writeField("Content-Type", type)
            bytes.writeField("X-Content-Type-Options", "nosniff")
        }
        for field in self.fields { bytes.writeField(field.name, field.value) }
        if self.status != 204 { bytes.writeLength(self.body.readableBytes) }
        if closes { bytes.writeClose() }
        bytes.endHead()
        if !isHead { bytes.writeImmutableBuffer(self.body) }
        return bytes
    }
}
