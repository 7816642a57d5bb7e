import DockerBridge
import NIOCore

/// Turns one engine response into tunnel frames: the tunnel's `ResponseSink`.
///
/// A plain answer becomes one `response`, written in place as the body comes. A streamed one becomes `response`,
/// `stream`…, `stream_end`, in bulk. A failure is an `error` frame instead of whatever would have been last.
///
/// Concurrency: lives on the tunnel's event loop.
final class TunnelStream: ResponseSink, OutboxClient {
    /// A controller gives a stream up when nothing came for 30 s. This many ticks of the tunnel, 5 s each, stay well
    /// below that and cost an idle stream a frame every quarter of a minute.
    private static let silentTicks = 3
    /// Frames above 64 KiB leave with the bulk: they block the socket for as long as a bulk frame does.
    private static let interactiveBytes = 64 * 1024

    private enum State: ~Copyable {
        case waiting
        case plain(PlainResponse)
        case streaming(PayloadPacker)
        case over

        var isPlain: Bool {
            switch self {
            case .plain: true
            case .waiting: false
            case .streaming: false
            case .over: false
            }
        }

        var isStreaming: Bool {
            switch self {
            case .streaming: true
            case .waiting: false
            case .plain: false
            case .over: false
            }
        }
    }

    let id: String
    var exchange: EngineExchange?
    /// In place of an exchange, where the agent itself answers.
    var ownAnswer: (any OwnAnswer)?
    /// Called once, with the status of the engine's answer or without one.
    var whenAnswered: ((Int?) -> Void)?
    /// Called once: its answer is complete, or it was given up.
    var whenOver: (() -> Void)?
    /// The engine takes more of a body that comes piece by piece.
    var whenEngineTakes: (() -> Void)?
    private let outbox: Outbox
    private let slot: Lanes.Slot
    private let memory: MemoryBudget
    private let streamLimit: Int?
    private let takesBase64Bodies: Bool
    private let whenGone: (TunnelStream) -> Void
    private var progress = ResponseProgress()
    /// Its last frame is in the outbox.
    private var isFinished = false
    /// The outbox has let go of its queue.
    private var isGone = false
    private var state = State.waiting
    private var streamedBytes = 0
    private var ticksSinceFrame = 0
    /// Bytes of the request's body and of an answer that is gathered whole: what this stream holds besides its queue.
    private var heldBytes = 0
    /// Of these, the body of the request.
    private var bodyBytes = 0
    private var isGatherer = false

    /// - Parameters:
    ///   - streamLimit: raw bytes of a streamed body after which the controller would fail it anyway.
    ///   - takesBase64Bodies: whether the controller reads `bodyBase64`.
    ///   - whenGone: its last frame has left. Until then it holds its place among the requests under way, so that a
    ///     controller that does not read cannot have more and more answers wait.
    init(
        id: String,
        outbox: Outbox,
        memory: MemoryBudget,
        streamLimit: Int?,
        takesBase64Bodies: Bool,
        whenGone: @escaping (TunnelStream) -> Void
    ) {
        self.id = id
        self.outbox = outbox
        self.memory = memory
        self.streamLimit = streamLimit
        self.takesBase64Bodies = takesBase64Bodies
        self.whenGone = whenGone
        self.slot = outbox.open(.interactive)
    }

    // MARK: ResponseSink

    var isWritable: Bool {
        self.state.isPlain ? !self.isGatherer || self.memory.mayGrow(self) : self.outbox.isWritable(self.slot)
    }

    func begin(_ head: ResponseHead, form: AnswerForm) {
        guard self.progress.begin() else { return }
        self.answered(head.status)
        switch form {
        case .plain:
            self.state = .plain(
                PlainResponse(
                    id: self.id,
                    head: head,
                    limit: self.memory.largestWhole,
                    takesBase64Bodies: self.takesBase64Bodies,
                    allocator: self.outbox.allocator
                )
            )
        case .stream:
            self.outbox.setClient(self, of: self.slot)
            self.outbox.move(self.slot, to: .bulk)
            self.outbox.push(
                ResponseFrames.streamHead(id: self.id, head: head, allocator: self.outbox.allocator),
                to: self.slot
            )
            let prefix = ResponseFrames.streamPrefix(id: self.id)
            self.state = .streaming(PayloadPacker(prefix: prefix, allocator: self.outbox.allocator))
        }
    }

    func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody else { return }
        switch Swift.exchange(&self.state, with: .over) {
        case .plain(var response):
            guard response.append(bytes) else {
                self.giveUp(response.tooLarge)
                return
            }
            self.hold(bytes.readableBytes)
            if !self.isGatherer, self.heldBytes >= MemoryBudget.guaranteedBytes {
                self.isGatherer = true
                self.memory.enter(self)
            }
            self.state = .plain(response)
        case .streaming(var packer):
            self.streamedBytes += bytes.readableBytes
            if let limit = self.streamLimit, self.streamedBytes > limit {
                self.giveUp("stream larger than \(limit >> 20) MiB; the controller accepts no more")
                return
            }
            var bytes = bytes
            while bytes.readableBytes > 0 {
                if let frame = packer.append(&bytes) { self.pushStream(frame) }
            }
            self.state = .streaming(packer)
        case .waiting: break
        case .over: break
        }
    }

    func burstEnded() {
        guard self.state.isStreaming, case .streaming(var packer) = Swift.exchange(&self.state, with: .over) else {
            return
        }
        self.flush(&packer)
        self.state = .streaming(packer)
    }

    func finish() {
        guard self.progress.takesBody else { return self.fail(.headless) }
        switch Swift.exchange(&self.state, with: .over) {
        case .plain(let response):
            switch response.finished() {
            case .frame(let frame):
                if frame.count > Self.interactiveBytes { self.outbox.move(self.slot, to: .bulk) }
                self.end(with: frame)
            case .unrepresentable(let reason):
                self.end(with: self.errorFrame(reason))
            }
        case .streaming(var packer):
            self.flush(&packer)
            self.end(with: ResponseFrames.streamEnd(id: self.id, allocator: self.outbox.allocator))
        case .waiting: break
        case .over: break
        }
    }

    func fail(_ error: BridgeError) {
        guard !self.progress.isOver else { return }
        self.answered(nil)
        if case .streaming(var packer) = Swift.exchange(&self.state, with: .over) { self.flush(&packer) }
        self.end(with: self.errorFrame(error.detail))
    }

    func inputBecameWritable() {
        self.whenEngineTakes?()
    }

    // MARK: The tunnel's side

    func outboxHasRoom() {
        self.exchange?.resume()
        self.ownAnswer?.resume()
    }

    func outboxIsDone() {
        self.isGone = true
        self.whenGone(self)
    }

    /// The controller wants no more of it: nothing is said, what waits is dropped.
    func cancel() {
        if self.isFinished { return self.discard() }
        guard self.progress.end() else { return }
        self.answered(nil)
        self.leaveSource()
        self.state = .over
        self.letGo()
        self.discard()
        self.over()
    }

    private func discard() {
        guard !self.isGone else { return }
        self.isGone = true
        self.outbox.discard(self.slot)
    }

    private func answered(_ status: Int?) {
        guard let whenAnswered = self.whenAnswered else { return }
        self.whenAnswered = nil
        whenAnswered(status)
    }

    /// Time passes: a stream on which the engine is silent must not look dead.
    func tick() {
        guard self.state.isStreaming else { return }
        self.ticksSinceFrame += 1
        // While frames wait it is the link that is slow, and one more would not arrive sooner.
        guard self.ticksSinceFrame >= Self.silentTicks, self.outbox.isEmpty(self.slot) else { return }
        self.pushStream(ResponseFrames.streamPulse(id: self.id, allocator: self.outbox.allocator))
    }

    /// Ends the stream with an `error` frame.
    func abort(_ reason: String) {
        guard !self.isFinished else { return }
        self.leaveSource()
        self.fail(BridgeError(.cancelled, reason))
    }

    private func giveUp(_ reason: String) {
        self.leaveSource()
        self.end(with: self.errorFrame(reason))
    }

    /// Where the answer comes from has nothing more to do for it.
    private func leaveSource() {
        self.exchange?.cancel()
        self.exchange = nil
        self.ownAnswer?.cancel()
        self.ownAnswer = nil
    }

    private func flush(_ packer: inout PayloadPacker) {
        if let frame = packer.takeFrame() { self.pushStream(frame) }
    }

    private func pushStream(_ frame: consuming FrameBuilder) {
        self.ticksSinceFrame = 0
        self.outbox.push(frame, to: self.slot)
    }

    private func end(with frame: consuming FrameBuilder) {
        _ = self.progress.end()
        self.exchange = nil
        self.ownAnswer = nil
        self.state = .over
        self.isFinished = true
        self.letGo()
        self.outbox.push(frame, to: self.slot)
        self.outbox.finish(self.slot, for: self)
        self.over()
    }

    private func over() {
        self.whenEngineTakes = nil
        guard let whenOver = self.whenOver else { return }
        self.whenOver = nil
        whenOver()
    }

    // MARK: Memory

    /// Takes memory for `bytes` more.
    func hold(_ bytes: Int) {
        guard !self.progress.isOver else { return }
        self.heldBytes += bytes
        self.memory.change(by: bytes)
    }

    /// The same for the body of the request.
    func hold(body bytes: Int) {
        guard !self.progress.isOver else { return }
        self.bodyBytes += bytes
        self.hold(bytes)
    }

    func requestBodyWasSent() {
        let bytes = Swift.exchange(&self.bodyBytes, with: 0)
        self.heldBytes -= bytes
        self.memory.change(by: -bytes)
    }

    private func letGo() {
        self.memory.change(by: -self.heldBytes)
        self.heldBytes = 0
        self.bodyBytes = 0
        guard self.isGatherer else { return }
        self.isGatherer = false
        self.memory.leave(self)
    }

    private func errorFrame(_ message: String) -> FrameBuilder {
        ResponseFrames.error(message, requestID: self.id, allocator: self.outbox.allocator)
    }
}

extension TunnelStream: MemoryGatherer {
    func memoryHasRoom() {
        self.exchange?.resume()
        self.ownAnswer?.resume()
    }
}
