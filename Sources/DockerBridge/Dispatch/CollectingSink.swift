package import NIOCore

/// The whole answer to one of the agent's own calls.
package struct CollectedResponse: Sendable {
    package let status: Int
    package let fields: ResponseHead.Fields
    package let body: ByteBuffer

    package var isSuccess: Bool { (200..<300).contains(self.status) }
}

/// The sink behind `RequestDispatcher.collect`.
///
/// What it gathers counts in `MEMORY_BUDGET` until the answer has been handed over: while there is no room, the engine is
/// not read.
final class CollectingSink: ResponseSink, MemoryGatherer {
    /// Set once the exchange is open, so that an answer over the limit can end it.
    var exchange: EngineExchange?
    private let limit: Int
    private let memory: MemoryBudget
    private let whenDone: (Result<CollectedResponse, BridgeError>) -> Void
    private var progress = ResponseProgress()
    private var head: ResponseHead?
    private var body = ByteBuffer()
    /// Bytes of the budget that are taken.
    private var heldBytes = 0
    private var isGatherer = false

    init(
        limit: Int,
        memory: MemoryBudget,
        whenDone: @escaping (Result<CollectedResponse, BridgeError>) -> Void
    ) {
        self.limit = limit
        self.memory = memory
        self.whenDone = whenDone
    }

    var isWritable: Bool { !self.isGatherer || self.memory.mayGrow(self) }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        if self.progress.begin() { self.head = head }
    }

    func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody else { return }
        guard self.body.readableBytes + bytes.readableBytes <= min(self.limit, self.memory.largestWhole) else {
            let exchange = self.exchange
            self.fail(self.tooLarge)
            exchange?.cancel()
            return
        }
        self.body.writeImmutableBuffer(bytes)
        self.hold()
    }

    private var tooLarge: BridgeError {
        let detail =
            self.memory.largestWhole < self.limit
            ? "the engine's answer is larger than \(self.memory.largestWhole) bytes; raise MEMORY_BUDGET"
            : "the engine's answer is larger than \(self.limit) bytes"
        return BridgeError(.tooLarge, detail)
    }

    func finish() {
        guard let head = self.head else { return self.fail(.headless) }
        guard self.progress.end() else { return }
        self.exchange = nil
        self.whenDone(.success(CollectedResponse(status: head.status, fields: head.fields, body: self.body)))
        self.letGo()
    }

    func fail(_ error: BridgeError) {
        guard self.progress.end() else { return }
        self.exchange = nil
        self.letGo()
        self.whenDone(.failure(error))
    }

    func cancelled() {
        guard self.progress.end() else { return }
        self.exchange = nil
        self.letGo()
    }

    func memoryHasRoom() {
        self.exchange?.resume()
    }

    /// Counts what the buffer takes, which grows by doubling.
    private func hold() {
        self.memory.change(by: self.body.storageCapacity - self.heldBytes)
        self.heldBytes = self.body.storageCapacity
        guard !self.isGatherer, self.heldBytes >= MemoryBudget.guaranteedBytes else { return }
        self.isGatherer = true
        self.memory.enter(self)
    }

    private func letGo() {
        self.body = ByteBuffer()
        self.memory.change(by: -self.heldBytes)
        self.heldBytes = 0
        guard self.isGatherer else { return }
        self.isGatherer = false
        self.memory.leave(self)
    }
}
