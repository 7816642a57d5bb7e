import NIOCore
package import NIOPosix

/// Judges large bodies away from the event loop, a few at a time, while their exchanges are held.
///
/// A judgment takes linear time, but a body of megabytes still takes longer than the others on the loop should wait. An exchange
/// that is over meanwhile, because the asker left or its deadline passed, is not judged any more, and its body is not kept here.
///
/// Concurrency: the event loop of its dispatcher.
final class JudgmentQueue {
    /// Bytes of a body that is judged on the loop: some milliseconds at worst. Docker's own command line sends less.
    static let inlineBytes = 64 << 10
    /// Judgments under way, each with the tree of a body in memory.
    static let atOnce = 2
    /// Bodies that wait for one, of 4 MiB at most.
    static let longest = 16

    typealias Judgment = @Sendable () -> AdmissionVerdict
    /// Runs a judgment and tells of its verdict on the loop.
    typealias Perform = @Sendable (any EventLoop, @escaping Judgment) -> EventLoopFuture<AdmissionVerdict>

    private struct Entry {
        /// Weak, so that a request which is given up leaves nothing behind.
        weak var exchange: EngineExchange?
        let creation: ContainerCreation
    }

    private let client: EngineClient
    private let policy: any AdmissionPolicy
    private let perform: Perform
    private var waiting: [Entry] = []
    private var running = 0

    init(client: EngineClient, policy: any AdmissionPolicy, perform: @escaping Perform) {
        self.client = client
        self.policy = policy
        self.perform = perform
    }

    var hasRoom: Bool {
        self.waiting.removeAll { $0.exchange?.isOver ?? true }
        return self.waiting.count < Self.longest
    }

    func add(_ exchange: EngineExchange, _ creation: ContainerCreation) {
        self.waiting.append(Entry(exchange: exchange, creation: creation))
        self.begin()
    }

    private func begin() {
        while self.running < Self.atOnce, !self.waiting.isEmpty {
            let entry = self.waiting.removeFirst()
            guard let exchange = entry.exchange, !exchange.isOver else { continue }
            self.running += 1
            self.judge(exchange, entry.creation)
        }
    }

    private func judge(_ exchange: EngineExchange, _ creation: ContainerCreation) {
        let (policy, body, actor) = (self.policy, exchange.request.body ?? ByteBuffer(), exchange.request.actor)
        let verdict = self.perform(self.client.eventLoop) { policy.judge(creation, body: body, actor: actor) }
        verdict.assumeIsolated().whenComplete { [weak exchange] result in
            self.running -= 1
            if let exchange, !exchange.isOver { self.judged(exchange, result) }
            self.begin()
        }
    }

    private func judged(_ exchange: EngineExchange, _ result: Result<AdmissionVerdict, any Error>) {
        switch result {
        case .success(.admitted): self.client.proceed(exchange)
        case .success(.warned(let warning)):
            exchange.warn(warning)
            self.client.proceed(exchange)
        case .success(.refused(let body)): exchange.refuse(body)
        case .failure(let error): exchange.fail(BridgeError(.cancelled, "the agent is shutting down", cause: error))
        }
    }
}

/// The threads on which long documents are judged, apart from those that the system's blocking calls need.
package enum JudgmentThreads {
    /// Two, because each judgment holds the tree of a document. They begin with the first such document and stay.
    package static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: JudgmentQueue.atOnce)
        pool.start()
        return pool
    }()

    static let perform: JudgmentQueue.Perform = { eventLoop, judgment in
        JudgmentThreads.pool.runIfActive(eventLoop: eventLoop, judgment)
    }
}
