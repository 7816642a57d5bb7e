package import NIOCore

/// One request to the engine and its answer: what the caller holds to feed, resume or cancel it.
///
/// Concurrency: everything happens on the event loop of its `EngineClient`. After `cancel` the sink hears `cancelled` and nothing more.
package final class EngineExchange {
    /// Its body is given away when it is sent, and with the end of the exchange.
    private(set) var request: BridgeRequest
    /// As it was asked for, whatever the request goes out with.
    let askedTarget: String
    let form: AnswerForm
    /// The protocol asked for with `Upgrade`, `nil` for an ordinary request.
    let upgrade: String?
    /// From `waitsSince`; `nil` for none.
    private var limit: TimeAmount?
    /// Called once, when the limit has passed: may find a longer one, and ends with `goOn`. The deadline rests meanwhile.
    var whenLate: ((EngineExchange) -> Void)?
    private var isLimitInQuestion = false
    /// Called once, with the end of the exchange.
    var whenOver: (() -> Void)?
    /// Position among the client's running exchanges; the client's own bookkeeping.
    var index = 0
    /// The connection was used before, so the engine may have closed it while our request was on its way.
    var isOnReusedConnection = false
    /// The engine still waits for a part of the request's body.
    private var owesBody: Bool
    private var hasSentBody = false
    /// When `limit` began to count: at the start, or at the end of a streamed body.
    private var waitsSince: NIODeadline
    /// Since when the sink takes no more, and how long it was so before that.
    private var pausedSince: NIODeadline?
    private var pausedTime = TimeAmount.zero

    private let client: EngineClient
    private var sink: (any ResponseSink)?
    private var connection: EngineConnection?
    private var machine: ExchangeStateMachine

    init(
        _ request: BridgeRequest,
        form: AnswerForm,
        upgrade: String?,
        limit: TimeAmount?,
        sink: any ResponseSink,
        client: EngineClient
    ) {
        self.request = request
        self.askedTarget = request.target
        self.form = form
        self.upgrade = upgrade
        self.limit = limit
        self.sink = sink
        self.client = client
        self.waitsSince = client.now
        self.machine = Self.machine(for: request, upgrade: upgrade)
        self.owesBody = request.streamedBody != nil
    }

    private static func machine(for request: BridgeRequest, upgrade: String?) -> ExchangeStateMachine {
        ExchangeStateMachine(
            isHead: request.method == "HEAD",
            expectsUpgrade: upgrade != nil,
            mayBecomeRaw: request.mayBecomeRaw
        )
    }

    // MARK: The caller's side

    /// Whether an upgraded exchange takes input without queueing it.
    package var isInputWritable: Bool { self.connection?.isWritable ?? false }

    /// Bytes of input that were written and that the engine has not taken.
    package var untakenInputBytes: Int { self.connection?.untakenBytes ?? 0 }

    /// Sends raw bytes on an upgraded exchange.
    package func writeInput(_ bytes: ByteBuffer) {
        self.connection?.sendInput(bytes)
    }

    /// Sends a piece of the body that the request announced as `streamedBody`. Nothing is held back here: the caller
    /// asks `isInputWritable` first, which is `false` until there is a connection.
    package func writeBody(_ bytes: ByteBuffer) {
        guard let connection = self.connection else { return }
        self.hasSentBody = true
        if self.request.streamedBody == .chunked {
            connection.sendChunk(bytes)
        } else {
            connection.sendInput(bytes)
        }
    }

    /// All of the body was written.
    package func endBody() {
        self.owesBody = false
        guard self.request.streamedBody == .chunked else { return }
        // Asked again, the engine would wait for this end and take the next request of the connection for the body.
        self.hasSentBody = true
        self.connection?.sendInput(ChunkWriter.last)
    }

    /// From now on the engine has `limit`, as `EngineClient.open` has it; `nil` waits for ever.
    func expectAnswer(within limit: TimeAmount?) {
        self.waitsSince = self.client.now
        self.limit = limit
    }

    /// Nothing more comes on an upgraded exchange: the engine's side is told, and may go on speaking.
    package func closeInput() {
        self.connection?.closeOutput()
    }

    /// The sink takes more again.
    package func resume() {
        self.endPause()
        self.connection?.resumeReading()
    }

    /// Gives up: the engine's side is closed at once; all that the sink hears is that it was cancelled.
    package func cancel() {
        guard let sink = self.takeSink() else { return }
        self.leaveConnection(reusable: false)
        self.client.ended(self)
        sink.cancelled()
    }

    // MARK: Before it reaches the engine

    /// The request goes out with this target in the place of its own.
    func aim(at target: String) {
        self.request = self.request.with(target: target)
    }

    /// The request goes out with this id in the place of a text of its body.
    ///
    /// - Parameter place: with the quotation marks.
    func name(_ id: String, at place: Range<Int>) {
        guard let body = self.request.body, place.upperBound <= body.readableBytes else { return }
        let start = body.readerIndex
        var named = body.getSlice(at: start, length: place.lowerBound) ?? ByteBuffer()
        named.writeString("\"\(id)\"")
        var rest =
            body.getSlice(at: start + place.upperBound, length: body.readableBytes - place.upperBound) ?? ByteBuffer()
        named.writeBuffer(&rest)
        self.request.body = named
    }

    /// The answer will carry a warning.
    func warn(_ warning: String) {
        self.sink = self.sink.map { WarningSink($0, warning: warning) }
    }

    /// Answers in the engine's place.
    func refuse(_ body: ByteBuffer) {
        let isHead = self.request.method == "HEAD"
        guard let sink = self.takeSink() else { return }
        self.client.ended(self)
        AdmissionVerdict.refuse(body, self.form, sink, isHead: isHead)
    }

    // MARK: The connection's side

    var isOver: Bool { self.sink == nil }

    /// Whether the next read may be asked for. If not, `resume` does so.
    func wantsBytes() -> Bool {
        guard let sink = self.sink, !sink.isWritable else { return true }
        // A stream that has begun has no deadline that the pause could explain.
        if !self.isOpenEnded, self.pausedSince == nil { self.pausedSince = self.client.now }
        return false
    }

    private func endPause() {
        guard let since = self.pausedSince else { return }
        self.pausedSince = nil
        self.pausedTime = self.pausedTime + (self.client.now - since)
    }

    /// Past this point the deadline no longer counts: a stream has begun.
    var isOpenEnded: Bool { self.machine.hasBegun && (self.form == .stream || self.machine.isUpgraded) }

    /// - Parameter head: with the body behind it where that is small enough.
    func start(on connection: EngineConnection, head: ByteBuffer) {
        self.connection = connection
        connection.serve(self)
        guard let body = self.request.body, body.readableBytes > 0 else {
            connection.send(head)
            if self.owesBody {
                self.sink?.inputBecameWritable()
            } else if self.request.streamedBody == .chunked {
                // A body of nothing, which ended before there was a connection.
                connection.sendInput(ChunkWriter.last)
            }
            return
        }
        self.request.body = nil
        self.hasSentBody = true
        if RequestHeadWriter.isInline(body) {
            connection.send(head)
            self.sink?.requestBodyWasSent()
        } else {
            self.owesBody = true
            connection.send(head, body) { self.bodyLeft() }
        }
    }

    /// The kernel has all of the request.
    private func bodyLeft() {
        self.owesBody = false
        self.sink?.requestBodyWasSent()
    }

    /// Nothing is told to the sink any more, and nothing of the request is held.
    private func takeSink() -> (any ResponseSink)? {
        self.request.body = nil
        self.whenOver.take()?()
        return self.sink.take()
    }

    func received(_ bytes: ByteBuffer) {
        self.machine.received(bytes)
        do {
            while self.sink != nil, let event = try self.machine.next() {
                switch event {
                case .bodyIsWanted: self.sink?.bodyIsWanted()
                case .head(let head): self.sink?.begin(head, form: self.form)
                case .body(let bytes): self.sink?.write(bytes)
                case .end(let reusable): self.finish(reusable: reusable)
                }
            }
        } catch {
            self.fail(error)
        }
    }

    func burstEnded() {
        self.sink?.burstEnded()
    }

    func inputBecameWritable() {
        self.sink?.inputBecameWritable()
    }

    func engineClosed(cause: (any Error)?) {
        self.connection = nil
        if self.machine.isUntouched, self.isOnReusedConnection, !self.hasSentBody,
            self.request.method == "GET" || self.request.method == "HEAD"
        {
            // The engine closed an idle connection just as we picked it; asking again is safe for these methods.
            self.machine = Self.machine(for: self.request, upgrade: self.upgrade)
            self.client.retry(self)
            return
        }
        // A reset after an upgrade is how an engine hangs up on input that its process no longer reads.
        let isUpgraded = self.machine.isUpgraded
        let failure = self.machine.engineClosed()
        if let cause, failure == nil, !isUpgraded {
            self.fail(BridgeError(.truncated, "the connection to the engine broke", cause: cause))
        } else if let failure {
            self.fail(BridgeError(failure.code, failure.detail, cause: cause))
        } else {
            self.finish(reusable: false)
        }
    }

    var deadline: NIODeadline? { self.isLimitInQuestion ? nil : self.limit.map { self.waitsSince + $0 } }

    /// The deadline has passed.
    func becameLate() {
        // What became late before it may have cancelled it.
        guard !self.isOver else { return }
        guard let question = self.whenLate.take() else { return self.timedOut() }
        self.isLimitInQuestion = true
        question(self)
    }

    /// Waits for the engine until `limit` after `waitsSince`, or no longer where that has passed.
    func goOn(until limit: TimeAmount?) {
        guard !self.isOver else { return }
        // The limit before has passed, so it was waited for as long in any case.
        self.limit = limit.map { max($0, self.limit ?? $0) }
        self.isLimitInQuestion = false
        if let deadline = self.deadline, deadline <= self.client.now { self.timedOut() }
    }

    private func timedOut() {
        // Only an answer that is gathered whole can be kept waiting and still have a deadline. That there is room now says
        // little: what another late answer held has just been given back.
        self.endPause()
        if self.pausedTime * 2 > self.client.now - self.waitsSince {
            let detail = "the agent had no memory free for this answer in time; ask again, or raise MEMORY_BUDGET"
            self.fail(BridgeError(.outOfMemory, detail))
        } else {
            let seconds = self.limit.map { $0.nanoseconds / 1_000_000_000 }
            self.fail(.late(self.request.route.patience, afterSeconds: seconds))
        }
    }

    func fail(_ error: BridgeError) {
        guard let sink = self.takeSink() else { return }
        self.leaveConnection(reusable: false)
        self.client.ended(self)
        sink.fail(error)
    }

    private func finish(reusable: Bool) {
        guard let sink = self.takeSink() else { return }
        // An engine that answered before it had the whole body would take the next request for the rest of it.
        self.leaveConnection(reusable: reusable && !self.owesBody)
        self.client.ended(self)
        sink.finish()
    }

    private func leaveConnection(reusable: Bool) {
        guard let connection = self.connection else { return }
        self.connection = nil
        if reusable {
            connection.detach()
            self.client.giveBack(connection)
        } else {
            connection.close()
        }
    }
}
