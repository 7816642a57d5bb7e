package import Logging
package import NIOCore

/// One process run in a container with its input and output carried both ways.
///
/// Concurrency: created and called on the dispatcher's event loop; the sink is called there too.
/// Input is never dropped: it waits here until the engine takes it, up to `maximumInputBytes`.
package final class ExecSession {
    /// Input that may wait for a slow process; beyond it the session ends.
    package static let maximumInputBytes = 4 << 20

    /// Of an engine's complaint about a start.
    private static let maximumErrorBytes = 64 * 1024

    /// Ctrl-C and Ctrl-D: drops what is typed so far or ends the program in front, then ends the shell behind it.
    private static let interruptAndEnd = ByteBuffer(bytes: [0x03, 0x04])

    private let spec: ExecSpec
    private let dispatcher: RequestDispatcher
    private let asker: BridgeRequest.Asker
    private let logger: Logger
    /// Owns the session, which says nothing more once its owner is gone.
    private weak var sink: (any ExecSink)?
    private var machine: ExecStateMachine
    private var exchange: EngineExchange?
    /// The engine is being asked to make the exec, or about its end.
    private var call: EngineExchange?
    private var resizeCall: EngineExchange?
    private var demultiplexer: StdcopyDecoder?
    private var progress = ResponseProgress()
    private var startStatus = 0
    private var startBody = ByteBuffer()
    private var waitingInput = InputQueue()
    private var sentInputBytes = 0
    /// Bytes of input that the engine has taken.
    package var takenInputBytes: Int { self.sentInputBytes - (self.exchange?.untakenInputBytes ?? 0) }
    private var pace = OutputPace()
    private var packedStream: StdStream?
    /// What the memory budget knows of this session: its command, and the input that waits.
    private var countedBytes = 0
    package var waitingInputBytes: Int { self.waitingInput.bytes }

    /// - Parameter asker: who wants it; the end of the session is the agent's own question.
    package init(
        spec: ExecSpec,
        dispatcher: RequestDispatcher,
        asker: BridgeRequest.Asker,
        sink: any ExecSink,
        logger: Logger
    ) {
        self.spec = spec
        self.dispatcher = dispatcher
        self.asker = asker
        self.sink = sink
        self.logger = logger
        self.machine = ExecStateMachine(initialSize: spec.isTTY ? spec.size : nil)
        self.demultiplexer = spec.isTTY ? nil : StdcopyDecoder()
        self.count()
    }

    package func start() {
        let request = BridgeRequest(
            method: "POST",
            target: "/containers/\(self.spec.containerID)/exec",
            asker: self.asker,
            headers: [BridgeRequest.Header("Content-Type", "application/json")],
            body: ExecMessages.create(self.spec)
        )
        self.call = self.dispatcher.collect(request) { result in
            switch result {
            case .success(let response):
                guard response.status == 201, let id = ExecMessages.engineID(response.body) else {
                    self.perform(self.machine.failed(EngineMessage.text(of: response)))
                    return
                }
                self.perform(self.machine.created(engineID: id))
            case .failure(let error):
                self.perform(self.machine.failed(error.detail))
            }
        }
    }

    /// Takes bytes for the process. Ends the session with `input overflow` when too much waits.
    package func input(_ bytes: ByteBuffer) {
        guard !self.machine.isOver else { return }
        if bytes.readableBytes <= InputQueue.pieceBytes, self.waitingInput.isEmpty, self.machine.isRunning,
            let exchange = self.exchange, exchange.isInputWritable
        {
            self.take(bytes, exchange)
            return
        }
        guard self.waitingInput.bytes + bytes.readableBytes <= Self.maximumInputBytes else {
            self.end(reason: "input overflow")
            return
        }
        self.waitingInput.push(bytes)
        self.sendPieces()
    }

    package func resize(_ size: TerminalSize) {
        guard self.spec.isTTY else { return }
        self.perform(self.machine.resizeRequested(size))
    }

    /// The sink takes more again.
    package func resume() {
        if self.pace.isEmpty { self.exchange?.resume() } else { self.waitForTurn() }
    }

    /// Ends the session and tells the sink why.
    package func end(reason: String) {
        self.hangUp()
        self.perform(self.machine.end(ExecEnd(reason: reason)))
    }

    /// Ends the session without a word: its sink no longer listens.
    package func abandon() {
        self.hangUp()
        _ = self.machine.end(ExecEnd(reason: "abandoned"))
        self.release()
    }

    private func perform(_ action: ExecStateMachine.Action) {
        switch action {
        case .none: break
        case .start(let engineID): self.startProcess(engineID)
        case .resize(let engineID, let size): self.sendResize(engineID, size)
        case .becomeReady: self.becomeReady()
        case .inspect(let engineID): self.inspect(engineID)
        case .end(let end):
            self.release()
            self.sink?.execEnded(end)
        }
    }

    /// The session ends before its process does, which would never end by itself.
    private func hangUp() {
        guard let reaper = self.dispatcher.reaper, let engineID = self.machine.startedID else { return }
        // All that reaches a process on a terminal which is not visible from here.
        if self.spec.isTTY { self.exchange?.writeInput(Self.interruptAndEnd) }
        reaper.reap(ExecReaper.Orphan(engineID: engineID, container: self.spec.containerID), logger: self.logger)
    }

    private func release() {
        self.exchange?.cancel()
        self.exchange = nil
        self.call?.cancel()
        self.resizeCall?.cancel()
        self.waitingInput.removeAll()
        self.count()
        self.pace.removeAll()
    }

    private func startProcess(_ engineID: String) {
        // Judged again: the policy may have changed since the exec was made.
        let request = BridgeRequest(
            method: "POST",
            target: "/exec/\(engineID)/start",
            asker: self.asker,
            headers: [BridgeRequest.Header("Content-Type", "application/json")],
            body: ByteBuffer(string: #"{"Detach":false,"Tty":\#(self.spec.isTTY)}"#)
        )
        self.exchange = self.dispatcher.upgrade(request, to: "tcp", sink: self)
    }

    private func sendResize(_ engineID: String, _ size: TerminalSize) {
        let target = "/exec/\(engineID)/resize?h=\(size.rows)&w=\(size.columns)"
        let request = BridgeRequest(method: "POST", target: target, asker: self.asker)
        self.resizeCall = self.dispatcher.collect(request) { result in
            switch result {
            case .success(let response) where !response.isSuccess:
                self.logger.debug(
                    "terminal size refused by the engine",
                    metadata: ["status": "\(response.status)"]
                )
            case .failure(let error):
                self.logger.debug("terminal size not set", metadata: ["error": "\(error)"])
            case .success: break
            }
            self.perform(self.machine.resized())
        }
    }

    private func becomeReady() {
        self.sink?.execReady()
        self.takeApart()
        self.sink?.execBurstEnded()
        self.sendWaitingInput()
        if self.pace.isEmpty { self.exchange?.resume() }
    }

    private func sendWaitingInput() {
        guard !self.waitingInput.isEmpty else { return }
        self.sendPieces()
        self.sink?.execInputDrained()
    }

    /// Piece by piece: what the engine's connection does not take at once waits here, where it is counted.
    private func sendPieces() {
        if self.machine.isRunning, let exchange = self.exchange {
            while exchange.isInputWritable, let bytes = self.waitingInput.popFirst() { self.take(bytes, exchange) }
        }
        self.count()
    }

    private func take(_ bytes: ByteBuffer, _ exchange: EngineExchange) {
        self.sentInputBytes += bytes.readableBytes
        exchange.writeInput(bytes)
    }

    private func count() {
        let bytes = self.machine.isOver ? 0 : self.spec.heldBytes + self.waitingInput.bytes
        let change = bytes - self.countedBytes
        self.countedBytes = bytes
        if change != 0 { self.dispatcher.memory.change(by: change) }
    }

    private func inspect(_ engineID: String) {
        self.exchange = nil
        let request = BridgeRequest(method: "GET", target: "/exec/\(engineID)/json", asker: .agent)
        self.call = self.dispatcher.collect(request) { result in
            switch result {
            case .success(let response) where response.isSuccess:
                self.perform(self.machine.inspected(exitCode: ExecMessages.exitCode(response.body)))
            // An engine that was killed closes its connections as if the process had ended.
            case .success(let response): self.perform(self.machine.failed(EngineMessage.text(of: response)))
            case .failure(let error): self.perform(self.machine.failed(error.detail))
            }
        }
    }

    // MARK: Output

    /// Gives out what waits, as many frames as are fair in this turn of the loop, and leaves the rest to another one.
    private func takeApart(isAtEnd: Bool = false) {
        do {
            while isAtEnd || !self.pace.isUsedUp, !self.machine.isOver, var bytes = self.pace.popFirst() {
                guard self.demultiplexer != nil else {
                    self.sink?.execOutput(bytes, stream: nil)
                    continue
                }
                try self.demultiplexer?.decode(&bytes) { payload, stream in
                    // The sink packs what comes from one output; with each change it closes a frame.
                    if stream != self.packedStream { self.pace.countFrame() }
                    self.packedStream = stream
                    self.sink?.execOutput(payload, stream: stream)
                    return isAtEnd || !self.pace.isUsedUp
                }
                if !self.machine.isOver { self.pace.putBack(bytes) }
            }
        } catch {
            self.pace.removeAll()
            self.perform(self.machine.failed("the engine's output is malformed"))
        }
        self.waitForTurn()
    }

    private func waitForTurn() {
        if self.pace.waitForTurn() { self.dispatcher.turns.later { self.goOn() } }
    }

    private func goOn() {
        self.pace.turnCame()
        // Where the sink takes no more, its `resume` goes on.
        guard self.machine.isRunning, let sink = self.sink, sink.isWritable else { return }
        self.takeApart()
        guard self.pace.isEmpty, self.machine.isRunning else { return }
        sink.execBurstEnded()
        if self.pace.hasEnded {
            self.perform(self.machine.outputEnded())
        } else if self.isWritable {
            self.exchange?.resume()
        }
    }
}

extension ExecSession: ResponseSink {
    /// Until the 101 is complete every byte is wanted: engines send its head in pieces.
    package var isWritable: Bool {
        self.startStatus != 101 || (self.machine.isRunning && self.pace.isEmpty && self.sink?.isWritable == true)
    }

    package func begin(_ head: ResponseHead, form: AnswerForm) {
        guard self.machine.startedID != nil, self.progress.begin() else { return }
        self.startStatus = head.status
        if head.status == 101 {
            self.perform(self.machine.upgraded())
        } else if (200..<300).contains(head.status) {
            // The process may run, but its input and output are not here, and the body may never end.
            self.hangUp()
            self.perform(self.machine.failed("the engine answered \(head.status) and did not switch protocols"))
        }
    }

    package func write(_ bytes: ByteBuffer) {
        guard self.progress.takesBody, !self.machine.isOver else { return }
        if self.startStatus != 101 {
            self.startBody.writeImmutableBuffer(bytes)
            // An error's text; what is longer is not one, and may never end.
            if self.startBody.readableBytes >= Self.maximumErrorBytes { self.startRefused() }
            return
        }
        self.pace.append(bytes)
        // What came along with the 101, or while the first size is being set, waits: ready must be heard first.
        if self.machine.isRunning, !self.pace.isWaitingForTurn { self.takeApart() }
    }

    package func burstEnded() {
        guard self.machine.isRunning else { return }
        self.sink?.execBurstEnded()
        if self.pace.isEmpty { self.pace.begin() }
    }

    package func finish() {
        switch self.progress.finish() {
        case nil: return
        case .headless: return self.perform(self.machine.failed(BridgeError.headless.detail))
        case .complete: self.exchange = nil
        }
        guard self.startStatus == 101 else { return self.startRefused() }
        self.flushEarlyOutput()
        self.pace.hasEnded = self.machine.isRunning && !self.pace.isEmpty
        if !self.pace.hasEnded { self.perform(self.machine.outputEnded()) }
    }

    private func startRefused() {
        self.perform(self.machine.failed(EngineMessage.text(status: self.startStatus, body: self.startBody)))
    }

    package func fail(_ error: BridgeError) {
        guard self.progress.end() else { return }
        self.exchange = nil
        // Once in a session, and at most what one read brought.
        if self.machine.isRunning { self.takeApart(isAtEnd: true) }
        self.perform(self.machine.failed(error.detail))
    }

    package func inputBecameWritable() {
        self.sendWaitingInput()
    }

    /// A process that was over before its terminal had a size: its output must not be lost.
    private func flushEarlyOutput() {
        guard !self.machine.isRunning, !self.machine.isOver else { return }
        self.sink?.execReady()
        self.takeApart(isAtEnd: true)
        self.sink?.execBurstEnded()
    }
}
