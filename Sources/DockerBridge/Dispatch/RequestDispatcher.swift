package import NIOCore
package import Policy

/// The only way to the engine, for both doors and for the agent's own calls.
///
/// A door authenticates, filters header lines by its own rules and hands over a request and a sink. The dispatcher
/// checks the request, classifies it and opens one exchange with a deadline; how many there may be is the door's rule.
/// It never suspends, never copies a body byte, and lives on one event loop.
package final class RequestDispatcher {
    /// Bounds of time and memory, and what is asked before a container is created.
    package struct Limits: Sendable {
        /// To the complete answer of a plain request and to the head of a streamed one, where its `Patience` is no longer;
        /// `nil` waits for ever.
        package var requestTimeout: TimeAmount? = .seconds(30)
        /// Bytes that may wait in all queues together.
        package var memory = MemoryBudget.defaultLimit
        /// Where dispatchers on other event loops share that memory; `nil` where this is the only one.
        package var pool: MemoryPool?
        /// What becomes of a process whose exec session is over before it.
        package var orphans = ExecOrphans.kill
        /// Who is asked about every request of a peer; `nil` allows all.
        package var policy: PolicyKeeper?
        /// Who is asked before a container is created; `nil` admits all.
        package var admission: (any AdmissionPolicy)?

        package init() {}
    }

    package var eventLoop: any EventLoop { self.client.eventLoop }
    /// Counts what waits on either side of it.
    package let memory: MemoryBudget
    /// For those who have more to do at once than is fair.
    package let turns: LoopTurns
    private let client: EngineClient
    private let limits: Limits
    private let processes: HostProcesses
    /// `nil` where all containers are admitted.
    private let judgments: JudgmentQueue?
    /// Asks the engine what the policy needs to know.
    private let questions: FactQuestions
    /// Ends what lost exec sessions leave behind; `nil` when that is to be left alone.
    private(set) lazy var reaper: ExecReaper? =
        self.limits.orphans == .kill ? ExecReaper(dispatcher: self, processes: self.processes) : nil

    package convenience init(client: EngineClient, limits: Limits = Limits()) {
        self.init(client: client, limits: limits, processes: .real)
    }

    init(
        client: EngineClient,
        limits: Limits,
        processes: HostProcesses,
        judge: @escaping JudgmentQueue.Perform = JudgmentThreads.perform
    ) {
        self.client = client
        self.limits = limits
        self.processes = processes
        self.memory =
            limits.pool.map { MemoryBudget(in: $0, eventLoop: client.eventLoop) } ?? MemoryBudget(limit: limits.memory)
        self.turns = LoopTurns(eventLoop: client.eventLoop)
        let memory = self.memory
        self.questions = FactQuestions(client: client, memory: memory, directory: limits.policy?.directory)
        self.judgments = limits.admission.map {
            JudgmentQueue(client: client, memory: memory, policy: $0, perform: judge)
        }
    }

    /// Sets the version put in front of targets that name none, as in `1.43`.
    package func use(apiVersion: String) {
        self.client.versionPrefix = "/v\(apiVersion)"
    }

    /// Opens one exchange, for a request whose asker cannot cancel it or for one of the agent itself.
    ///
    /// - Returns: the handle to resume or cancel it; `nil` when the request was refused, which the sink has heard.
    package func dispatch(_ request: BridgeRequest, to sink: some ResponseSink) -> EngineExchange? {
        // As long as its body comes piece by piece, its sender watches over it.
        let timeout = request.streamedBody == nil ? self.timeout(to: request.route) : nil
        return self.open(request, form: request.route.form, timeout: timeout, sink)
    }

    /// All of the streamed body of a dispatched request was written: the time to its answer runs from here on.
    package func endBody(of exchange: EngineExchange) {
        exchange.endBody()
        exchange.expectAnswer(within: self.timeout(to: exchange.request.route))
    }

    /// To the answer of a dispatched request; `nil` for no limit.
    private func timeout(to route: EngineRoute) -> TimeAmount? {
        // What never ends by itself has to begin; and where it is gathered whole, as statistics are, it has to end.
        let patience = route.patience == .endless ? .prompt : route.patience
        return patience.limit(self.limits.requestTimeout, work: Patience.longestUncancelledWork)
    }

    /// Opens an exchange that asks the engine to switch to `upgradeProtocol`; after a 101 its bytes are raw.
    package func upgrade(
        _ request: BridgeRequest,
        to upgradeProtocol: String,
        sink: some ResponseSink
    ) -> EngineExchange? {
        // What is not a 101 is a plain answer, whose deadline runs to its end.
        self.open(request, form: .plain, upgrade: upgradeProtocol, timeout: self.limits.requestTimeout, sink)
    }

    /// Opens an exchange that carries a client's request through as it is, whatever it is: the target goes out without a
    /// version in front, and the body of the answer may take as long as it likes.
    ///
    /// - Parameter upgrade: what the client wants to switch to; after a 101 the bytes are raw.
    package func proxy(
        _ request: BridgeRequest,
        upgrade: String? = nil,
        sink: some ResponseSink
    ) -> EngineExchange? {
        var request = request
        request.takesVersionPrefix = false
        let timeout = request.route.patience.limit(self.limits.requestTimeout)
        return self.open(request, form: .stream, upgrade: upgrade, timeout: timeout, sink)
    }

    /// Whether the whole body of a request must be there before it can be dispatched.
    package func needsWholeBody(_ route: EngineRoute) -> Bool {
        self.limits.admission != nil && route.settings?.readsBody ?? false
            || self.limits.policy?.needsBody(route.operation) == true
    }

    /// Checks a request, asks the policy of this host and whether a container may have the settings that it brings, and takes
    /// it to the engine.
    ///
    /// - Returns: `nil` when the request goes no further, which the sink has heard.
    private func open(
        _ request: BridgeRequest,
        form: AnswerForm,
        upgrade: String? = nil,
        timeout: TimeAmount?,
        _ sink: any ResponseSink
    ) -> EngineExchange? {
        if let problem = request.problem() {
            sink.fail(BridgeError(.badRequest, problem))
            return nil
        }
        let isSettled = self.isAllowedOutright(request, asksForUpgrade: upgrade != nil)
        let needsJudgment = !isSettled || self.limits.admission != nil && request.route.settings != nil
        if needsJudgment, let error = self.bodyProblem(request) {
            sink.fail(error)
            return nil
        }
        let exchange = self.client.hold(request, form: form, upgrade: upgrade, timeout: timeout, sink: sink)
        self.letContainerEnd(exchange)
        self.watchNames(exchange)
        guard needsJudgment else {
            self.client.proceed(exchange)
            return exchange
        }
        if isSettled { self.admit(exchange) } else { self.judge(exchange) }
        return exchange.isOver ? nil : exchange
    }

    /// What cannot be looked at as a whole is not let through.
    private func bodyProblem(_ request: BridgeRequest) -> BridgeError? {
        guard self.needsWholeBody(request.route) else { return nil }
        guard request.streamedBody == nil else {
            return BridgeError(.badRequest, "the body of a request that is judged must come whole")
        }
        guard (request.body?.readableBytes ?? 0) <= ContainerCreation.maximumBodyBytes else {
            return BridgeError(.tooLarge, "the body of a request that is judged is over 4 MiB")
        }
        return nil
    }

    /// A stop that names no time has what the container's own settings give it, which the engine is asked for once the usual
    /// time has passed.
    private func letContainerEnd(_ exchange: EngineExchange) {
        let request = exchange.request
        guard request.route.patience == .stop(seconds: nil), let timeout = self.limits.requestTimeout,
            let name = request.route.subject(of: request.target), ContainerReference.isValid(name)
        else { return }
        exchange.whenLate = { [weak self] exchange in
            let usual = Patience.stop(seconds: nil).limit(timeout)
            guard let self else { return exchange.goOn(until: usual) }
            let question = BridgeRequest(method: "GET", target: "/containers/\(name)/json", asker: .agent)
            let limit = StopTimeout.documentLimit
            self.collect(question, limit: limit, timeout: StopTimeout.patience) { [weak exchange] answer in
                let patience = StopTimeout.patience(answer)
                exchange?.goOn(until: patience.map { $0.limit(timeout) } ?? usual)
            }
        }
    }

    // MARK: Policy

    /// Asks the policy about what the agent does itself for a peer.
    ///
    /// - Parameter identity: who proved itself, as rules call it.
    /// - Returns: the body of a 403; `nil` where it is allowed.
    package func refusal(of operation: Operation, for identity: String?) -> ByteBuffer? {
        guard let policy = self.limits.policy, !policy.passesOutright(operation) else { return nil }
        return policy.refusal(of: operation, RequestFacts(identity: identity))
    }

    /// Whether nothing need be known of a request to let it through, as far as the policy goes.
    private func isAllowedOutright(_ request: BridgeRequest, asksForUpgrade: Bool) -> Bool {
        guard let policy = self.limits.policy, case .peer = request.asker else { return true }
        return policy.passesOutright(request.route.operation, request.others(asksForUpgrade: asksForUpgrade))
    }

    /// Asks the policy about a request that is held: about all that an engine may take it for.
    private func judge(_ exchange: EngineExchange) {
        guard case .peer(let identity) = exchange.request.asker, let policy = self.limits.policy else {
            return self.admit(exchange)
        }
        let (request, others) = (exchange.request, exchange.request.others(asksForUpgrade: exchange.upgrade != nil))
        if !others.isEmpty {
            for operation in others.operations {
                switch policy.rule(on: RequestClaims(doubt: operation, identity: identity)) {
                case .refuses(let body): return exchange.refuse(body)
                case .warns(let warning): exchange.warn(warning)
                // Nothing more can be known of it.
                case .passes, .needs: break
                }
            }
        }
        var claims = RequestClaims(request.route, target: request.target, body: request.body, identity: identity)
        if request.bringsForm { claims.distrust() }
        self.judge(exchange, claims)
    }

    private func judge(_ exchange: EngineExchange, _ claims: RequestClaims) {
        guard let policy = self.limits.policy else { return self.admit(exchange) }
        switch policy.rule(on: claims) {
        case .passes: self.admit(exchange)
        case .warns(let warning):
            exchange.warn(warning)
            self.admit(exchange)
        case .refuses(let body): exchange.refuse(body)
        case .needs(let needs):
            let finder = self.questions.finder(claims, needs)
            guard finder.target != nil else { return self.found(finder, for: exchange) }
            guard self.questions.hasRoom else {
                // Nothing is refused there, so the request is judged by what is known of it.
                if policy.mode != .enforce { return self.judge(exchange, claims.settled) }
                return exchange.fail(BridgeError(.outOfMemory, "too many requests wait to be judged; ask again"))
            }
            self.questions.ask(finder, for: exchange) { self.found($0, for: exchange) }
        }
    }

    /// The engine is told the id of the container that was judged: another one may have its name by now.
    private func found(_ finder: FactFinder, for exchange: EngineExchange) {
        let request = exchange.request
        switch (finder.claims.place, finder.containerID) {
        case (.path, let id?):
            guard let target = request.route.target(request.target, naming: id) else {
                return exchange.fail(
                    BridgeError(.badRequest, "the version in the path holds a character that it cannot have")
                )
            }
            exchange.aim(at: target)
        case (.query, let id?): exchange.aim(at: ClaimedQuery.target(request.target, naming: id, in: "container"))
        case (.body(let place), let id?): exchange.name(id, at: place)
        case (nil, _), (_, nil): break
        }
        self.judge(exchange, finder.claims)
    }

    /// What gives names to containers makes the directory careful about them until a while after its end.
    private func watchNames(_ exchange: EngineExchange) {
        let request = exchange.request
        guard let directory = self.limits.policy?.directory,
            request.route.operation.movesNames
                || request.others(asksForUpgrade: exchange.upgrade != nil).contains(.unknown)
        else { return }
        let client = self.client
        directory.namesBeginToMove()
        exchange.whenOver = { directory.namesHaveMoved(now: client.now) }
    }

    // MARK: Admission

    /// Asks whether a container may have the settings that a request brings which is held, and takes it to the engine.
    private func admit(_ exchange: EngineExchange) {
        guard let admission = self.limits.admission,
            let creation = ContainerCreation(exchange.request.route, target: exchange.askedTarget)
        else { return self.client.proceed(exchange) }
        let body = creation.readsBody ? exchange.request.body ?? ByteBuffer() : ByteBuffer()
        guard body.readableBytes <= JudgmentQueue.inlineBytes else {
            return self.queue(exchange) { $0.add(exchange, creation) }
        }
        switch admission.judge(creation, body: body, answers: nil, actor: exchange.request.actor) {
        case .admitted: self.client.proceed(exchange)
        case .warned(let warning):
            exchange.warn(warning)
            self.client.proceed(exchange)
        case .refused(let body): exchange.refuse(body)
        case .asks(let targets): self.queue(exchange) { $0.ask(targets, for: exchange, creation) }
        }
    }

    private func queue(_ exchange: EngineExchange, _ body: (JudgmentQueue) -> Void) {
        guard let judgments = self.judgments, judgments.hasRoom else {
            return exchange.fail(BridgeError(.outOfMemory, "too many containers wait to be judged; ask again"))
        }
        body(judgments)
    }

    /// To the head of an answer; `nil` waits for ever.
    package var requestTimeout: TimeAmount? { self.limits.requestTimeout }

    /// One of the agent's own small calls: gathers the whole body, at most `limit` bytes and half of the memory budget.
    ///
    /// - Parameter timeout: to the complete answer; `nil` takes the one for requests, at least a bounded one.
    /// - Returns: the handle to cancel it, after which `whenDone` is not called; `nil` when the request was refused, which
    ///   `whenDone` has heard.
    @discardableResult
    package func collect(
        _ request: BridgeRequest,
        limit: Int = 1 << 20,
        timeout: TimeAmount? = nil,
        whenDone: @escaping (Result<CollectedResponse, BridgeError>) -> Void
    ) -> EngineExchange? {
        let sink = CollectingSink(limit: limit, memory: self.memory, whenDone: whenDone)
        let timeout = timeout ?? self.limits.requestTimeout ?? .seconds(30)
        let exchange = self.open(request, form: .plain, timeout: timeout, sink)
        sink.exchange = exchange
        return exchange
    }
}

extension RequestDispatcher {
    /// A dispatcher for the engine or the agent at `address`, on the loop that it lives on.
    ///
    /// - Throws: when the files for TLS cannot be used.
    package static func make(
        for address: EngineAddress,
        on eventLoop: any EventLoop,
        limits: Limits = Limits()
    ) async throws -> NIOLoopBound<RequestDispatcher> {
        try await eventLoop.submit {
            let client = try EngineClient(address: address, eventLoop: eventLoop)
            return NIOLoopBound(RequestDispatcher(client: client, limits: limits), eventLoop: eventLoop)
        }.get()
    }
}
