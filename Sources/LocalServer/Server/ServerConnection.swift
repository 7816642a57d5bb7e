import Auth
import DockerBridge
import HTTPWire
import NIOCore

/// Carries out what `ServerConnectionMachine` says, on a transport.
///
/// Reading is on demand. While a body travels to the engine, the client is read only as fast as the engine takes it;
/// otherwise one read ahead is made and no more.
///
/// Concurrency: lives on the event loop of its transport, which is that of its `ListenerLoop` and of the engine connections it uses.
final class ServerConnection: AnswerConnection {
    enum Payloads: ServerConnectionPayloads {
        typealias Reply = PlainAnswer
        typealias Body = BodyGatherer
        typealias Answer = AnswerStream
        typealias Exchange = HTTPResponseSink
    }

    /// Requests that one connection is served in one turn of the loop: a client that sends thousands in one piece
    /// does not keep others waiting.
    static let requestsPerTurn = 16
    /// Pieces of bodies, heads and ends in one turn. A read has room for ten thousand chunks of one byte.
    static let eventsPerTurn = 256

    /// Position among the listener loop's connections; the listener loop's own bookkeeping.
    var index = 0
    private let listenerLoop: ListenerLoop
    private let place: ConnectionPlace
    private var transport: (any ConnectionTransport)?
    var machine: ServerConnectionMachine<Payloads>
    private var reader = RequestReader()
    var decider: RequestDecider
    var memory: RequestMemory
    /// Bytes of the head of the request that is under way.
    private var headBytes = 0
    private var isProcessing = false
    private var isReadPaused = true
    /// Whether it has had its share of this turn of the loop. Meanwhile nothing is read.
    private var waitsForTurn = false
    /// Whether the client's end came meanwhile: what it sent before is served first.
    private var hasEndToTell = false

    init(listenerLoop: ListenerLoop, place: ConnectionPlace, transport: any ConnectionTransport) {
        self.listenerLoop = listenerLoop
        self.place = place
        self.transport = transport
        self.machine = ServerConnectionMachine(times: listenerLoop.times, now: transport.eventLoop.now)
        self.decider = RequestDecider(listenerLoop: listenerLoop, place: place)
        self.memory = RequestMemory(
            strangers: listenerLoop.load.strangers,
            memory: listenerLoop.dispatcher.memory,
            network: place.network
        )
    }

    private var now: NIODeadline { self.listenerLoop.dispatcher.eventLoop.now }

    /// How much a parsed head takes for each byte it came in: target, path, fields and credentials are strings of their own.
    private static let copiesOfHead = 3

    // MARK: The transport's side

    func opened() {
        self.listenerLoop.opened(self)
        self.resumeReading()
    }

    func received(_ bytes: ByteBuffer) {
        guard self.machine.received(now: self.now) == .take else { return }
        self.reader.received(bytes)
        self.process()
    }

    func readCompleted() {
        self.isReadPaused = true
        self.resumeReading()
    }

    func outputBecameWritable() {
        self.proceed()
    }

    func outputClosed() {
        self.memory.releaseAnswer()
        switch self.machine.outputClosed(now: self.now) {
        case .linger: self.resumeReading()
        case .close: self.close()
        case .none: break
        }
    }

    func inputEnded() {
        guard !self.waitsForTurn else {
            self.hasEndToTell = true
            return
        }
        switch self.machine.inputEnded() {
        case .close: self.close()
        case .process: self.process()
        case .wait: break
        }
    }

    func closed() {
        self.end()
    }

    // MARK: Reading

    private func resumeReading() {
        guard self.isReadPaused, !self.waitsForTurn, let transport = self.transport,
            self.machine.wantsRead(isStarved: self.reader.isStarved, bufferedBytes: self.reader.bufferedBytes)
        else { return }
        self.isReadPaused = false
        transport.read()
    }

    /// Goes through what has been read, as far as it is taken. Callees may re-enter; the guard makes that a no-op, because
    /// this loop continues after they return.
    func process() {
        guard !self.isProcessing, !self.waitsForTurn else { return }
        self.isProcessing = true
        var (requests, events) = (0, 0)
        do throws(RequestFault) {
            while self.machine.takesEvents {
                if self.machine.takeContinue() { self.sendContinue() }
                if self.reader.bufferedBytes > 0 {
                    if self.machine.isInHead { requests += 1 }
                    events += 1
                    guard requests <= Self.requestsPerTurn, events <= Self.eventsPerTurn else {
                        self.waitForTurn()
                        break
                    }
                }
                guard case .event(let event) = try self.reader.next() else { break }
                self.handle(event)
            }
        } catch {
            self.refuse(error)
        }
        self.isProcessing = false
        if self.reader.bufferedBytes == 0 { self.machine.exchangeToEnd?.exchange?.closeInput() }
        self.countBuffered()
        self.resumeReading()
    }

    private func waitForTurn() {
        self.waitsForTurn = true
        self.listenerLoop.dispatcher.turns.later { [self] in
            self.waitsForTurn = false
            self.process()
            if self.hasEndToTell, !self.waitsForTurn {
                self.hasEndToTell = false
                self.inputEnded()
            }
        }
    }

    private func handle(_ event: RequestReader.Event) {
        switch event {
        case .head(let head):
            self.headBytes = head.byteCount
            let decision = self.decider.received(head, on: self)
            self.noteAdmission()
            self.perform(self.machine.began(head.shape, decision, now: self.now))
        case .bytes(let bytes):
            switch self.machine.received(bodyBytes: bytes.readableBytes) {
            case .gather(let gatherer): self.gather(bytes, with: gatherer)
            case .pass(let sink): sink.exchange?.writeBody(bytes)
            case .input(let sink): sink.exchange?.writeInput(bytes)
            case .skip: self.proceed()
            }
        case .end:
            switch self.machine.bodyEnded() {
            case .gathered(let gatherer): self.decided(self.decider.gathered(gatherer, on: self))
            case .end(let sink): sink.exchange?.endBody()
            case .skipped: self.proceed()
            case .none: break
            }
        }
    }

    private func gather(_ bytes: ByteBuffer, with gatherer: BodyGatherer) {
        switch gatherer.append(bytes, counting: &self.memory) {
        case .fits: break
        case .tooLarge: self.decided(self.decider.bodyTooLarge(gatherer))
        case .noRoom: self.decided(self.decider.noRoom(for: gatherer))
        }
    }

    func sendContinue() {
        var head = ByteBuffer()
        head.writeStatusLine(100)
        head.endHead()
        self.send(head)
        self.flush()
    }

    /// What a stranger's unfinished requests hold comes out of the strangers' budget: what was read ahead, and the parsed
    /// head of the request that is under way. A known client's read ahead is one read, as is guaranteed to every exchange
    /// beyond `MEMORY_BUDGET`.
    private func countBuffered() {
        let bytes = self.reader.bufferedBytes + Self.copiesOfHead * self.headBytes
        guard !self.memory.hold(buffered: self.machine.isKnown ? 0 : bytes) else { return }
        self.refuse(.noRoom)
    }

    // MARK: A request

    /// A token was verified elsewhere.
    ///
    /// - Parameter number: of the request that brought it.
    func verified(_ verdict: Authenticator.Verdict, ofRequest number: Int) {
        guard self.machine.isChecking(request: number) else { return }
        self.decided(self.decider.judged(verdict, body: nil, on: self))
        self.process()
    }

    func decided(_ decision: RequestDecider.Decision) {
        self.noteAdmission()
        self.perform(self.machine.decided(decision, now: self.now))
    }

    private func noteAdmission() {
        guard self.decider.isAdmitted else { return }
        self.memory.becameKnown()
        guard !self.machine.isKnown else { return }
        self.machine.becameKnown()
        self.transport?.raiseBounds()
        self.listenerLoop.becameKnown(self)
        self.place.becameKnown()
    }

    private func perform(_ action: ServerConnectionActions.Decided<Payloads>) {
        switch action {
        case .none: break
        case .say(let reply, let closes): self.say(reply, closes: closes)
        case .answer(let answer): answer.start()
        case .proxy(let sink): self.decider.start(sink)
        }
    }

    /// Sends a whole answer, which counts until the client has taken it.
    private func say(_ reply: PlainAnswer, closes: Bool) {
        var reply = reply
        if !self.decider.isHead, !self.memory.take(answer: reply.body.readableBytes) { reply = .noRoomForAnswer }
        reply.send(isHead: self.decider.isHead, closes: closes) { self.send($0) }
        self.responded(status: reply.status, mustClose: closes)
    }

    private func refuse(_ fault: RequestFault) {
        switch self.machine.faulted(now: self.now) {
        case .reply: self.decided(.say(PlainAnswer(fault)))
        case .replace(let sink):
            sink.abandon()
            self.decided(.say(PlainAnswer(fault)))
        case .close: self.close()
        }
    }

    // MARK: AnswerConnection

    var isWritable: Bool { self.transport?.isWritable ?? false }

    var willClose: Bool { self.machine.willClose }

    func send(_ bytes: ByteBuffer) {
        self.transport?.write(bytes)
    }

    func flush() {
        self.transport?.flush()
    }

    func answered(_ answer: PlainAnswer) {
        self.decided(.say(answer))
        self.process()
    }

    func answerBegan() {
        self.machine.answerBegan()
    }

    func bodyIsWanted() {
        if self.machine.bodyIsWanted() { self.sendContinue() }
    }

    func bodyWasTaken() {
        self.memory.releaseBody()
    }

    func upgraded() {
        self.machine.upgraded()
        self.reader.switchToRaw()
        self.process()
    }

    func responded(status: Int, mustClose: Bool) {
        self.flush()
        self.decider.finished(status: status)
        self.memory.releaseBody()
        if self.isWritable { self.memory.releaseAnswer() }
        self.headBytes = 0
        self.memory.releaseHead(buffered: self.reader.bufferedBytes)
        let action = self.machine.finished(
            mustClose: mustClose,
            isWritable: self.isWritable,
            bufferedBytes: self.reader.bufferedBytes,
            now: self.now
        )
        switch action {
        case .next: self.next()
        case .drain: self.process()
        case .closeOutput: self.transport?.closeOutput()
        case .none: break
        }
    }

    private func next() {
        self.memory.releaseAnswer()
        self.reader.expectNext()
        self.process()
    }

    private func proceed() {
        if self.isWritable { self.memory.releaseAnswer() }
        let action = self.machine.proceed(
            isWritable: self.isWritable,
            bufferedBytes: self.reader.bufferedBytes,
            now: self.now
        )
        switch action {
        case .next: self.next()
        case .closeOutput: self.transport?.closeOutput()
        case .resumeAnswer(let answer): answer.becameWritable()
        case .resumeExchange(let sink): sink.exchange?.resume()
        case .none: break
        }
    }

    func engineFailed(_ error: BridgeError) {
        self.decided(.say(self.decider.reply(to: error)))
        self.process()
    }

    func breakOff(status: Int, because error: BridgeError) {
        self.listenerLoop.log(error)
        self.decider.finished(status: status)
        self.flush()
        self.close()
    }

    // MARK: The end

    func close() {
        let transport = self.transport
        self.end()
        transport?.close()
    }

    private func end() {
        switch self.machine.close() {
        case .alreadyClosed: return
        case .abandonAnswer(let answer): self.decider.abandoned(status: answer.abandon())
        case .abandonExchange(let sink):
            sink.abandon()
            self.decider.abandoned(status: sink.status)
        case .none: self.decider.abandoned(status: nil)
        }
        self.memory.release()
        self.reader = RequestReader()
        self.listenerLoop.closed(self)
        self.place.release()
        self.transport = nil
    }
}

extension HTTPResponseSink: ProxiedExchange {
    var takesInput: Bool { self.exchange?.isInputWritable == true }
    var hasBegun: Bool { self.status != nil }
    var wantsUpgrade: Bool { self.request.mayTakeConnection }
}
