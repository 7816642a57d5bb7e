import NIOCore
package import NIOPosix

/// Judges large bodies away from the event loop, a few at a time, while their exchanges are held, and asks the engine what
/// judgments need to know.
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
    /// Bodies that wait for one, of 4 MiB at most, and as many whose questions are under way.
    static let longest = 16
    /// Rounds of questions: a container refers to another one, and that to a volume.
    private static let mostRounds = 4

    typealias Judgment = @Sendable () -> AdmissionVerdict
    /// Runs a judgment and tells of its verdict on the loop.
    typealias Perform = @Sendable (any EventLoop, @escaping Judgment) -> EventLoopFuture<AdmissionVerdict>

    /// An object, so that its answers are never copied for one more of them. They count in `MEMORY_BUDGET` as long as it lives.
    private final class Entry {
        /// Weak, so that a request which is given up leaves nothing behind.
        private(set) weak var exchange: EngineExchange?
        let creation: ContainerCreation
        var answers: AdmissionAnswers?
        private let memory: MemoryBudget
        /// Bytes of the budget that are taken.
        private var heldBytes = 0
        /// How often the engine was asked.
        var rounds = 0
        /// When the questions of all rounds end; set with the first one.
        var deadline: NIODeadline?
        /// What is still to be asked in this round.
        var open: ArraySlice<String> = []

        init(_ exchange: EngineExchange, _ creation: ContainerCreation, _ memory: MemoryBudget) {
            (self.exchange, self.creation, self.memory) = (exchange, creation, memory)
        }

        deinit { self.memory.change(by: -self.heldBytes) }

        func add(_ answer: AdmissionAnswers.Answer, to target: String) {
            self.answers?.add(answer, to: target)
            guard case .found(let body) = answer else { return }
            self.heldBytes += body.storageCapacity
            self.memory.change(by: body.storageCapacity)
        }
    }

    private let client: EngineClient
    private let memory: MemoryBudget
    private let policy: any AdmissionPolicy
    private let perform: Perform
    private var waiting: [Entry] = []
    private var running = 0
    private var asking = 0

    init(client: EngineClient, memory: MemoryBudget, policy: any AdmissionPolicy, perform: @escaping Perform) {
        self.client = client
        self.memory = memory
        self.policy = policy
        self.perform = perform
    }

    var hasRoom: Bool {
        // What goes gives memory back, which may add to the queue: not while the queue is being changed.
        let over = self.waiting.filter { $0.exchange?.isOver ?? true }
        withExtendedLifetime(over) { self.waiting.removeAll { $0.exchange?.isOver ?? true } }
        return self.waiting.count < Self.longest && self.asking < Self.longest
    }

    func add(_ exchange: EngineExchange, _ creation: ContainerCreation) {
        self.add(Entry(exchange, creation, self.memory))
    }

    /// Judges again once the engine has answered.
    func ask(_ targets: [String], for exchange: EngineExchange, _ creation: ContainerCreation) {
        self.ask(targets, for: Entry(exchange, creation, self.memory))
    }

    private func add(_ entry: Entry) {
        self.waiting.append(entry)
        self.begin()
    }

    private func ask(_ targets: [String], for entry: Entry) {
        entry.rounds += 1
        var answers = entry.answers ?? AdmissionAnswers()
        // Everything has an answer then; a policy that asks all the same is not asked again.
        guard !answers.isCut else {
            entry.exchange?.fail(BridgeError(.badRequest, "the container refers to more than can be looked at"))
            return
        }
        // One question without an answer decides the verdict, so where not all can be asked, none is.
        guard entry.rounds <= Self.mostRounds, targets.count <= answers.questionsLeft else {
            answers.cut()
            entry.answers = answers
            return self.add(entry)
        }
        entry.answers = answers
        entry.open = targets[...]
        self.asking += 1
        self.askNext(for: entry)
    }

    /// One question after the other, so that a request takes one connection to the engine at a time.
    private func askNext(for entry: Entry) {
        guard let exchange = entry.exchange, !exchange.isOver else {
            self.asking -= 1
            return self.begin()
        }
        let limit = entry.answers?.bytesLeft ?? 0
        let deadline = entry.deadline ?? self.client.now + Self.patienceTogether
        entry.deadline = deadline
        let left = deadline - self.client.now
        if limit == 0 || left <= .zero, !entry.open.isEmpty {
            entry.answers?.cut()
            entry.open = []
        }
        guard let target = entry.open.popFirst() else {
            self.asking -= 1
            return self.add(entry)
        }
        let sink = CollectingSink(limit: limit, memory: self.memory) { result in
            entry.add(Self.answer(result), to: target)
            self.askNext(for: entry)
        }
        var request = BridgeRequest(method: "GET", target: target, asker: .agent)
        // The listener takes requests before the engine has told its version, and an engine refuses a version above its own.
        request.takesVersionPrefix = false
        sink.exchange = self.client.open(request, form: .plain, timeout: min(Self.patience, left), sink: sink)
    }

    /// For one answer. The request's own deadline, where it has one, runs beside it.
    private static let patience = TimeAmount.seconds(10)
    /// For all answers of one judgment. An engine that answers each question late would else keep the few places for
    /// judgments for minutes.
    private static let patienceTogether = TimeAmount.seconds(20)

    private static func answer(_ result: Result<CollectedResponse, BridgeError>) -> AdmissionAnswers.Answer {
        guard let response = try? result.get() else { return .failed }
        if response.status == 404 { return .missing }
        return response.isSuccess ? .found(response.body) : .failed
    }

    private func begin() {
        while self.running < Self.atOnce, !self.waiting.isEmpty {
            let entry = self.waiting.removeFirst()
            guard let exchange = entry.exchange, !exchange.isOver else { continue }
            self.running += 1
            self.judge(exchange, entry)
        }
    }

    private func judge(_ exchange: EngineExchange, _ entry: Entry) {
        let (policy, body, actor) = (self.policy, exchange.request.body ?? ByteBuffer(), exchange.request.actor)
        let (creation, answers) = (entry.creation, entry.answers)
        let verdict = self.perform(self.client.eventLoop) {
            policy.judge(creation, body: body, answers: answers, actor: actor)
        }
        verdict.assumeIsolated().whenComplete { [weak exchange] result in
            self.running -= 1
            if let exchange, !exchange.isOver { self.judged(exchange, entry, result) }
            self.begin()
        }
    }

    private func judged(_ exchange: EngineExchange, _ entry: Entry, _ result: Result<AdmissionVerdict, any Error>) {
        switch result {
        case .success(.admitted): self.client.proceed(exchange)
        case .success(.warned(let warning)):
            exchange.warn(warning)
            self.client.proceed(exchange)
        case .success(.refused(let body)): exchange.refuse(body)
        case .success(.asks(let targets)): self.ask(targets, for: entry)
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
