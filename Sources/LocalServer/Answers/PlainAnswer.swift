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
    ///
    /// - Parameters:
    ///   - reason: the field that names the code of a refusal.
    ///   - retryAfterSeconds: for `Retry-After`.
    init(_ status: Int, _ text: String, reason: (name: String, value: String)? = nil, retryAfterSeconds: Int? = nil) {
        self.init(status, contentType: "text/plain; charset=utf-8", body: ByteBuffer(string: text + "\n"))
        if let reason { self.fields.append(reason) }
        if let retryAfterSeconds { self.fields.append(("Retry-After", "\(retryAfterSeconds)")) }
    }

    init(_ fault: RequestFault) {
        let reason = fault.reason.map { (name: HeaderFamily.lookout.reason, value: $0) }
        self.init(fault.status, fault.detail, reason: reason, retryAfterSeconds: fault.retryAfterSeconds)
    }

    init(_ failure: AuthFailure) {
        let reason = failure.reason.map { (name: failure.family.reason, value: $0) }
        let answer = failure.answer
        self.init(answer.status, answer.text, reason: reason, retryAfterSeconds: failure.retryAfterSeconds)
    }

    static let bodyTooLarge = PlainAnswer(413, "request body too large")

    /// `MEMORY_BUDGET` has no room for the body of a request that was let in.
    static let outOfMemory = PlainAnswer(
        503,
        "the agent has no memory free for this body; ask again, or raise MEMORY_BUDGET",
        retryAfterSeconds: 10
    )

    /// `MEMORY_BUDGET` has no room for an answer that the client may leave unread.
    static let noRoomForAnswer = PlainAnswer(
        503,
        "the agent has no memory free for this answer; ask again, or raise MEMORY_BUDGET",
        retryAfterSeconds: 10
    )

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
