import NIOCore
import NIOHTTP1

/// Where the answer to a Docker request goes.
protocol AnswerTaker: AnyObject {
    /// A whole answer, or the rest of one whose head was sent ahead.
    func respond(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer)
    /// The head of an answer whose body comes piece by piece.
    func startBody(_ status: HTTPResponseStatus, _ headers: HTTPHeaders)
    func writeBody(_ bytes: ByteBuffer)
    func endBody()
    func fail(_ message: String)
    /// Stops or resumes taking the request's body.
    func setReading(_ isReading: Bool)
}

/// The answer to a question of this controller's own, which does not stream.
final class OwnAnswer: AnswerTaker {
    enum Outcome {
        case answered(HTTPResponseStatus, HTTPHeaders, ByteBuffer)
        case failed(String)
    }

    private let whenOver: (Outcome) -> Void

    init(_ whenOver: @escaping (Outcome) -> Void) {
        self.whenOver = whenOver
    }

    func respond(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer) {
        self.whenOver(.answered(status, headers, body))
    }

    func fail(_ message: String) { self.whenOver(.failed(message)) }

    // An exchange that does not stream answers with `respond` alone, and the question has no body.
    func startBody(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) {}
    func writeBody(_ bytes: ByteBuffer) {}
    func endBody() {}
    func setReading(_ isReading: Bool) {}
}
