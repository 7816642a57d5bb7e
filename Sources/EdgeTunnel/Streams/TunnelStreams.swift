import Auth
import DockerBridge
import Drydock
import Logging
import NIOCore
import Trail

/// Begins, feeds and ends what a controller asks for through one tunnel: requests to the engine, exec sessions, adapter
/// requests, and the feed of this host's state.
///
/// The session's machine keeps the table of what is open; here its actions are carried out.
///
/// Concurrency: lives on the tunnel's event loop.
final class TunnelStreams {
    /// Raw bytes of one streamed body that a Drydock accepts; it fails the stream above.
    static let drydockStreamLimit = 100 * 1024 * 1024

    /// The tunnel, as its streams know it.
    struct Owner {
        var requestOpened: (TunnelStream, AnswerForm, _ streamsBody: Bool) -> Void
        /// The last frame of its answer has left.
        var requestGone: (TunnelStream) -> Void
        var execOpened: (ExecStream) -> Void
        var execGone: (ExecStream) -> Void
        /// The live session of an id.
        var exec: (String) -> ExecStream?
        /// Called when the tunnel must not be read for the sake of exec input, and when it may be again.
        var pauseInput: (_ isPaused: Bool) -> Void
        /// The same, for the sake of bodies of requests.
        var pauseUploads: (_ isPaused: Bool) -> Void
    }

    private let outbox: Outbox
    private let dispatcher: RequestDispatcher
    private let endpoints: [any OwnEndpoint]
    private let state: StateSource?
    private let audit: TunnelAudit?
    private let logger: Logger
    private let owner: Owner
    private let input: ExecInput
    private let uploads: Uploads
    private let adapterRequests: AdapterRequests
    /// `nil` for a controller without one.
    private var streamLimit: Int?
    private var takesBase64Bodies = false
    private var feed: StateFeed?

    /// - Parameters:
    ///   - endpoints: what the agent answers itself.
    ///   - state: what the controller is told of this host; `nil` tells it nothing.
    ///   - audit: where it is written down what the controller does; `nil` writes nothing.
    init(
        outbox: Outbox,
        dispatcher: RequestDispatcher,
        inputGate: InputGate,
        uploads: UploadTable.Limits,
        endpoints: [any OwnEndpoint],
        state: StateSource?,
        audit: TunnelAudit?,
        logger: Logger,
        owner: Owner
    ) {
        self.outbox = outbox
        self.dispatcher = dispatcher
        self.endpoints = endpoints
        self.state = state
        self.audit = audit
        self.logger = logger
        self.owner = owner
        self.input = ExecInput(
            eventLoop: dispatcher.eventLoop,
            memory: dispatcher.memory,
            gate: inputGate,
            session: { owner.exec($0)?.session },
            pause: owner.pauseInput
        )
        self.uploads = Uploads(dispatcher: dispatcher, limits: uploads, pause: owner.pauseUploads)
        self.adapterRequests = AdapterRequests(outbox: outbox, dispatcher: dispatcher, audit: audit)
    }

    /// - Parameter heartbeat: between two samples of the host's figures.
    func begin(_ welcome: Welcome, heartbeat: TimeAmount) {
        if welcome.drydockVersion != nil { self.streamLimit = Self.drydockStreamLimit }
        self.takesBase64Bodies = welcome.takesBase64Bodies
        self.feed = self.state?.feed(self.outbox, welcome: welcome, heartbeat: heartbeat, logger: self.logger)
    }

    func perform(_ action: StreamAction<TunnelStream, ExecStream>) {
        switch action {
        case .begin(let request): self.begin(request)
        case .refuseRequest(let id, let reason): self.refuse(requestID: id, reason)
        case .refuseStream(let id, let reason): self.refuse(streamID: id, reason)
        case .cancel(let request): request.cancel()
        case .body(let request, let bytes): self.uploads.received(bytes, of: request)
        case .endBody(let request): self.uploads.ended(request)
        case .breakBody(let request, let reason): request.abort(reason)
        case .breakBodies(let requests, let reason): for request in requests { request.abort(reason) }
        case .beginExec(let start): self.begin(start)
        case .refuseExec(let id, let reason): self.refuse(execID: id, reason)
        case .input(let exec, let bytes): self.input.deliver(bytes, to: exec)
        case .resize(let exec, let size): exec.session?.resize(size)
        case .endExec(let exec):
            exec.abandon()
            self.input.removed(exec.id)
        case .breakExec(let exec, let reason): exec.session?.end(reason: "error: \(reason)")
        }
    }

    func serve(_ request: AdapterRequest) {
        self.adapterRequests.take(request)
    }

    /// The tunnel is read again, or no longer.
    func reading(_ isReading: Bool) {
        self.uploads.reading(isReading)
    }

    /// Memory is needed elsewhere: sessions whose process takes no input give way.
    ///
    /// - Returns: whether there is room now.
    func makeRoom() -> Bool {
        self.input.makeRoom()
    }

    // MARK: Begin

    private func begin(_ request: RequestFrame) {
        let heldBytes = request.heldBytes
        if let reason = self.shortage("a request", of: heldBytes) { return self.refuse(requestID: request.id, reason) }
        let stream = TunnelStream(
            id: request.id,
            outbox: self.outbox,
            memory: self.dispatcher.memory,
            streamLimit: self.streamLimit,
            takesBase64Bodies: self.takesBase64Bodies,
            whenGone: self.owner.requestGone
        )
        let endpoint = self.endpoint(of: request.path)
        if let audit = self.audit {
            let start = ContinuousClock.now
            let isOwn = endpoint != nil
            stream.whenAnswered = { status in
                // An endpoint writes down itself what it does, and not what it refuses.
                if isOwn, status == nil || status == 200 { return }
                let outcome = isOwn ? .denied : status == nil ? AuditRecord.Outcome.error : .allowed
                audit.request(request.method, request.path, outcome, status: status ?? 0, since: start)
            }
        }
        let bodyBytes = request.body?.readableBytes ?? 0
        stream.hold(heldBytes - bodyBytes)
        stream.hold(body: bodyBytes)
        self.owner.requestOpened(stream, request.route.form, request.streamsBody)
        var bridged = BridgeRequest(
            method: request.method,
            target: request.path,
            route: request.route,
            asker: .controller,
            headers: request.headers,
            body: request.body
        )
        bridged.actor = self.audit?.actor ?? ""
        if let endpoint {
            if request.streamsBody { bridged.streamedBody = .chunked }
            stream.ownAnswer = endpoint.answer(bridged, dispatcher: self.dispatcher, to: stream)
            return
        }
        if request.streamsBody {
            // How long it is only its end tells.
            bridged.streamedBody = .chunked
            self.uploads.begin(stream)
        }
        stream.exchange = self.dispatcher.dispatch(bridged, to: stream)
    }

    private func endpoint(of target: String) -> (any OwnEndpoint)? {
        // Nearly all requests are the engine's.
        guard target.utf8.dropFirst().first == UInt8(ascii: "_") else { return nil }
        let path = target.prefix { $0 != "?" }
        return self.endpoints.first { $0.serves(path) }
    }

    private func begin(_ start: ExecStartFrame) {
        if let reason = self.shortage("a command", of: start.spec.heldBytes) {
            return self.refuse(execID: start.id, "error: \(reason)")
        }
        let stream = ExecStream(
            id: start.id,
            outbox: self.outbox,
            whenInputDrained: { [input] in input.changed($0) },
            whenOver: { [input] in input.removed($0.id) },
            whenGone: self.owner.execGone
        )
        if let audit = self.audit {
            audit.execStarted(start)
            let began = ContinuousClock.now
            stream.whenEnded = { audit.execEnded(start, $0, since: began) }
        }
        self.owner.execOpened(stream)
        stream.start(
            ExecSession(
                spec: start.spec,
                dispatcher: self.dispatcher,
                asker: .controller,
                sink: stream,
                logger: self.logger
            )
        )
    }

    /// The complaint that nothing is left for `bytes` at once.
    private func shortage(_ what: StaticString, of bytes: Int) -> String? {
        if bytes < MemoryBudget.guaranteedBytes || self.dispatcher.memory.fits(bytes) { return nil }
        return "the agent has no memory free for \(what) of \(bytes) bytes; ask again, or raise MEMORY_BUDGET"
    }

    private func refuse(requestID id: String, _ reason: String) {
        self.outbox.pushControl(ResponseFrames.error(reason, requestID: id, allocator: self.outbox.allocator))
    }

    private func refuse(streamID id: String, _ reason: String) {
        let allocator = self.outbox.allocator
        self.outbox.pushControl(ResponseFrames.refusedStreamHead(id: id, allocator: allocator))
        self.outbox.pushControl(ResponseFrames.streamedMessage(reason, id: id, allocator: allocator))
        self.outbox.pushControl(ResponseFrames.streamEnd(id: id, allocator: allocator))
    }

    private func refuse(execID id: String, _ reason: String) {
        let end = ExecEnd(reason: reason)
        self.outbox.pushControl(ExecFrames.end(id: id, end, allocator: self.outbox.allocator))
    }

    // MARK: End

    /// Ends everything with a word to the controller.
    func shutDown(_ open: StreamTable<TunnelStream, ExecStream>) {
        self.feed?.stop()
        self.adapterRequests.shutDown()
        for exec in open.execs.values { exec.session?.end(reason: "shutdown") }
        for request in open.requests.values { request.abort("agent is shutting down") }
    }

    /// The tunnel is gone: everything ends without a word.
    func abandon(_ open: StreamTable<TunnelStream, ExecStream>) {
        self.input.stop()
        self.uploads.stop()
        for request in open.requests.values { request.cancel() }
        for exec in open.execs.values { exec.abandon() }
        self.feed?.stop()
        self.adapterRequests.abandon()
        self.state?.sessionEnded()
    }
}

extension BridgeRequest.Asker {
    /// The controller at the other end of the tunnel, as the rules of a policy call it.
    static let controller = Self.peer(identity: "controller")
}
