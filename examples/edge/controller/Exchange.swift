import NIOCore
import NIOHTTP1

/// One Docker request in flight: turns the agent's frames into the answer that the local client gets.
final class Exchange {
    /// The capability of agents and controllers that know `bodyBase64`.
    static let base64Bodies = "edge-response-body-b64"
    /// The capability of those that know bodies of requests in frames.
    static let streamedBodies = "edge-request-body-stream"

    let id = Identifier.wireID()
    let isStream: Bool
    private let takesBase64Bodies: Bool
    private let client: any AnswerTaker
    private var hasHead = false
    /// Whether the body of the request comes in frames and has not ended.
    var sendsBody: Bool

    init(isStream: Bool, sendsBody: Bool = false, takesBase64Bodies: Bool, client: any AnswerTaker) {
        (self.isStream, self.sendsBody) = (isStream, sendsBody)
        (self.takesBase64Bodies, self.client) = (takesBase64Bodies, client)
    }

    /// Stops or resumes taking the body from the client.
    func setReading(_ isReading: Bool) {
        self.client.setReading(isReading)
    }

    /// - Returns: whether more frames are expected.
    func receive(_ type: String, _ data: JSONMembers) -> Bool {
        switch type {
        case "response" where self.hasHead: return self.fail("the agent answered twice")
        case "response": return self.receiveResponse(data)
        case "error": return self.fail(data.string("message") ?? "the agent reported an error without a message")
        case _ where !self.hasHead: return self.fail("the agent sent \(type) before a response")
        case "stream":
            guard let bytes = data.base64("data") else {
                return self.fail("the agent sent a stream chunk without base64")
            }
            self.client.writeBody(bytes)
            return true
        default:
            self.client.endBody()
            return false
        }
    }

    /// - Returns: false, so that it can end `receive`.
    @discardableResult
    func fail(_ message: String) -> Bool {
        self.client.fail(message)
        return false
    }

    private func receiveResponse(_ data: JSONMembers) -> Bool {
        guard let code = data.decoded("statusCode", as: Int.self) else {
            return self.fail("the agent answered without a status code")
        }
        // Both sides must agree on which paths stream; a released controller would wait in vain or show nothing.
        let saysStream = data.decoded("isStream", as: Bool.self) ?? false
        guard saysStream == self.isStream else {
            return self.fail(
                "the agent answered with\(saysStream ? "" : "out") isStream on a path that does\(self.isStream ? "" : " not") stream"
            )
        }
        let status = HTTPResponseStatus(statusCode: code)
        let headers = HTTPHeaders(data.headers("headers").filter(Self.isSafe)).withoutConnectionFields
        if self.isStream {
            self.hasHead = true
            self.client.startBody(status, headers)
            return true
        }
        guard self.takesBase64Bodies || !data.contains("bodyBase64") else {
            return self.fail("the agent answered with bodyBase64, which its welcome does not list")
        }
        guard let body = Self.body(of: data) else { return self.fail("the agent's answer holds a malformed string") }
        self.client.respond(status, headers, body)
        return false
    }

    // A line break would let an agent write the rest of the answer itself.
    private static func isSafe(_ header: (name: String, value: String)) -> Bool {
        !header.name.isEmpty && !(header.name + header.value).utf8.contains { $0 < 0x20 }
    }

    // A string stands for the bytes that it spells; any other value is passed on as the text that it is.
    private static func body(of data: JSONMembers) -> ByteBuffer? {
        if data.contains("bodyBase64") { return data.base64("bodyBase64") }
        guard let raw = data.raw("body") else { return ByteBuffer() }
        guard raw.getInteger(at: raw.readerIndex) == UInt8(ascii: "\"") else { return raw }
        return data.string("body").map { ByteBuffer(string: $0) }
    }
}

extension HTTPHeaders {
    private static let connectionFields = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "content-length",
    ]

    /// What is left for the next hop: the length is counted anew by whoever writes the body.
    var withoutConnectionFields: HTTPHeaders {
        var result = self
        for name in Self.connectionFields + self[canonicalForm: "connection"].map(String.init) {
            result.remove(name: name)
        }
        return result
    }
}
