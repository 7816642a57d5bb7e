import Auth
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
        bytes.writeString("HTTP/1.1 \(self.status) \(Self.reason(self.status))\r\n")
        if let type = self.contentType {
            bytes.writeString("Content-Type: \(type)\r\nX-Content-Type-Options: nosniff\r\n")
        }
        for field in self.fields { bytes.writeString("\(field.name): \(field.value)\r\n") }
        if self.status != 204 { bytes.writeString("Content-Length: \(self.body.readableBytes)\r\n") }
        if closes { bytes.writeStaticString("Connection: close\r\n") }
        bytes.writeStaticString("\r\n")
        if !isHead { bytes.writeImmutableBuffer(self.body) }
        return bytes
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 202: "Accepted"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Answer"
        }
    }
}
