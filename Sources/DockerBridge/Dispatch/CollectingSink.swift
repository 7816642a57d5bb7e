package import NIOCore

/// The whole answer to one of the agent's own calls.
package struct CollectedResponse: Sendable {
    package let status: Int
    package let fields: ResponseHead.Fields
    package let body: ByteBuffer

    package var isSuccess: Bool { (200..<300).contains(self.status) }
}

/// The sink behind `RequestDispatcher.collect`.
final class CollectingSink: ResponseSink {
    /// Set once the exchange is open, so that an answer over the limit can end it.
    var exchange: EngineExchange?
    private let limit: Int
    private let whenDone: (Result<CollectedResponse, BridgeError>) -> Void
    private var progress = ResponseProgress()
    private var head: ResponseHead?
    private var body = ByteBuffer()

    init(limit: Int, whenDone: @escaping (Result<CollectedResponse, BridgeError>) -> Void) {
        self.limit = limit
        self.whenDone = whenDone
    }

    var isWritable: Bool { true }

    func begin(_ head: ResponseHead, route: Route) {
        if self.progress.begin() { self.head = head }
    }

    func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody else { return }
        guard self.body.readableBytes + bytes.readableBytes <= self.limit else {
            self.exchange?.cancel()
            self.fail(BridgeError(.tooLarge, "the engine's answer is larger than \(self.limit) bytes"))
            return
        }
        self.body.writeImmutableBuffer(bytes)
    }

    func finish() {
        guard let head = self.head else { return self.fail(.headless) }
        guard self.progress.end() else { return }
        self.exchange = nil
        self.whenDone(.success(CollectedResponse(status: head.status, fields: head.fields, body: self.body)))
    }

    func fail(_ error: BridgeError) {
        guard self.progress.end() else { return }
        self.exchange = nil
        self.body = ByteBuffer()
        self.whenDone(.failure(error))
    }
}
