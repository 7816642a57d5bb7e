import NIOCore

/// One server connection, from its opening to its close: one request after the other, never two at a time.
///
/// ```
/// idle ─▶ head ─┬─▶ checking ─┬─▶ answering ─▶ streaming ─┬─▶ draining ─▶ idle
///               ├─▶ gathering ┤                           │
///               └─────────────┴─▶ proxying ──▶ upgraded ──┴─▶ closing ─▶ lingering ─▶ closed
/// ```
///
/// A value: no socket, no clock, no logger. An event goes in, an action comes out; each event has an action type of its own.
/// Every state names the moment by which it ends, except for those that carry a payload with an end of its own: a streamed
/// answer, an exchange with the engine, an upgraded connection. The deadline of an exchange does not end it: a client that waits
/// with its body is then told to send it.
///
/// The next request is begun only in `idle` and `head`, and these are entered only while the output is writable: nothing is
/// read on behalf of a client that does not read.
struct ServerConnectionMachine<Payloads: ServerConnectionPayloads>: ~Copyable {
    typealias Decision = ServerConnectionDecision<Payloads>
    typealias Answer = Payloads.Answer
    typealias Exchange = Payloads.Exchange

    enum State {
        /// Nothing of a request has arrived. `isFirst`: the connection is new, so the head's deadline runs already.
        case idle(until: NIODeadline, isFirst: Bool)
        case head(until: NIODeadline)
        /// A token is being verified elsewhere, for the request of this number.
        case checking(RequestProgress, number: Int, until: NIODeadline)
        case gathering(RequestProgress, Payloads.Body, BodyPace)
        /// A reply of the connection's own is on its way.
        case replying(RequestProgress, until: NIODeadline)
        /// One of the agent's routes is at work and has sent nothing yet.
        case answering(RequestProgress, Answer, until: NIODeadline)
        /// One of the agent's routes answers for as long as it likes.
        case streaming(RequestProgress, Answer)
        /// The engine has the request.
        case proxying(RequestProgress, Exchange)
        case upgraded(Exchange)
        /// The answer is complete. The rest of the request is skipped and the output waits for the client.
        case draining(RequestProgress, until: NIODeadline)
        /// The last answer is complete. The output is closed once the client has taken it.
        case closing(until: NIODeadline)
        /// The output is closed. What still arrives is dropped until the client closes as well.
        case lingering(until: NIODeadline)
        case closed
    }

    struct Facts {
        let times: ServerConnectionTimes
        /// Whether a request of this connection was let in.
        var isKnown = false
        /// No further request is taken.
        var isStopping = false
        var hasInputEnded = false

        /// Whether the request under way is the last one of the connection.
        var takesNothingMore: Bool { self.isStopping || self.hasInputEnded }
    }

    // Changed by the machine's own events only.
    var facts: Facts
    var state: State

    init(times: ServerConnectionTimes, now: NIODeadline) {
        self.facts = Facts(times: times)
        self.state = .idle(until: now + times.head, isFirst: true)
    }

    // MARK: The request

    /// Bytes arrived.
    mutating func received(now: NIODeadline) -> ServerConnectionActions.Received {
        switch self.state {
        case .idle(let until, let isFirst):
            self.state = .head(until: isFirst ? until : now + self.facts.times.head)
            return .take
        case .head, .checking, .gathering, .replying, .answering, .streaming, .proxying, .upgraded, .draining:
            return .take
        case .closing, .lingering, .closed:
            return .drop
        }
    }

    /// A head is complete, and it was decided what becomes of the request.
    mutating func began(
        _ shape: RequestShape,
        _ decision: Decision,
        now: NIODeadline
    ) -> ServerConnectionActions.Decided<Payloads> {
        switch self.state {
        case .idle, .head:
            return self.go(RequestProgress(shape), decision, now: now)
        case .checking, .gathering, .replying, .answering, .streaming, .proxying, .upgraded, .draining, .closing,
            .lingering, .closed:
            preconditionFailure("a request began in the middle of another")
        }
    }

    /// A token was verified, a body is complete, or the request has failed, and it was decided how it goes on.
    mutating func decided(
        _ decision: Decision,
        now: NIODeadline
    ) -> ServerConnectionActions.Decided<Payloads> {
        switch self.state {
        case .checking(let request, _, _), .gathering(let request, _, _), .replying(let request, _),
            .answering(let request, _, _), .streaming(let request, _), .proxying(let request, _):
            return self.go(request, decision, now: now)
        case .idle, .head, .upgraded, .draining, .closing, .lingering, .closed:
            // The connection was closed meanwhile.
            return .none
        }
    }

    private mutating func go(
        _ request: RequestProgress,
        _ decision: Decision,
        now: NIODeadline
    ) -> ServerConnectionActions.Decided<Payloads> {
        switch decision {
        case .say(let reply):
            self.state = .replying(request, until: now + self.facts.times.output)
            return .say(reply, closes: self.facts.takesNothingMore || request.closes)
        case .check(let number):
            self.state = .checking(request, number: number, until: now + self.facts.times.check)
            return .none
        case .gather(let body, let pace):
            self.state = .gathering(request, body, BodyPace(pace, since: now))
            return .none
        case .answer(let answer, .limited):
            self.state = .answering(request, answer, until: now + self.facts.times.answer)
            return .answer(answer)
        case .answer(let answer, .limitsItself):
            self.state = .streaming(request, answer)
            return .answer(answer)
        case .proxy(let exchange):
            var request = request
            request.leaveContinueToEngine(until: now + self.facts.times.continuation)
            self.state = .proxying(request, exchange)
            return .proxy(exchange)
        }
    }

    /// The request was let in: from here on the connection is not given up for another one.
    mutating func becameKnown() {
        self.facts.isKnown = true
    }

    /// Whether a `100 Continue` is due before the body can be gathered. Says so once.
    mutating func takeContinue() -> Bool {
        guard case .gathering(var request, let body, let pace) = self.state else { return false }
        let isDue = request.takeContinue()
        self.state = .gathering(request, body, pace)
        return isDue
    }

    /// The engine is ready for the body. Whether a `100 Continue` is due; says so once.
    mutating func bodyIsWanted() -> Bool {
        guard case .proxying(var request, let exchange) = self.state, !exchange.hasBegun else { return false }
        let isDue = request.takeContinue()
        self.state = .proxying(request, exchange)
        return isDue
    }

    /// A piece of the body, or raw bytes of an upgraded connection.
    mutating func received(bodyBytes count: Int) -> ServerConnectionActions.BodyPiece<Payloads> {
        switch self.state {
        case .gathering(var request, let body, var pace):
            request.received(count)
            pace.received(count)
            self.state = .gathering(request, body, pace)
            return .gather(body)
        case .proxying(var request, let exchange):
            request.received(count)
            self.state = .proxying(request, exchange)
            return .pass(exchange)
        case .upgraded(let exchange):
            return .input(exchange)
        case .draining(var request, let until):
            request.received(count)
            self.state = .draining(request, until: until)
            return .skip
        case .idle, .head, .checking, .replying, .answering, .streaming, .closing, .lingering, .closed:
            return .skip
        }
    }

    /// The request is complete.
    mutating func bodyEnded() -> ServerConnectionActions.BodyEnd<Payloads> {
        switch self.state {
        case .gathering(var request, let body, let pace):
            request.ended()
            self.state = .gathering(request, body, pace)
            return .gathered(body)
        case .proxying(var request, let exchange):
            request.ended()
            self.state = .proxying(request, exchange)
            return .end(exchange)
        case .draining(var request, let until):
            request.ended()
            self.state = .draining(request, until: until)
            return .skipped
        case .idle, .head, .checking, .replying, .answering, .streaming, .upgraded, .closing, .lingering, .closed:
            return .none
        }
    }

    /// The request cannot be read further. The connection ends with the next reply.
    mutating func faulted(now: NIODeadline) -> ServerConnectionActions.Fault<Payloads> {
        self.facts.isStopping = true
        switch self.state {
        case .idle, .head:
            self.state = .replying(.unreadable, until: now + self.facts.times.output)
            return .reply
        case .gathering:
            return .reply
        case .proxying(_, let exchange):
            return exchange.hasBegun ? .close : .replace(exchange)
        case .checking, .replying, .answering, .streaming, .upgraded, .draining, .closing, .lingering, .closed:
            return .close
        }
    }

    // MARK: The answer

    /// A route of the agent's own has begun to stream.
    mutating func answerBegan() {
        if case .answering(let request, let answer, _) = self.state { self.state = .streaming(request, answer) }
    }

    /// The engine has switched the protocol.
    mutating func upgraded() {
        if case .proxying(_, let exchange) = self.state { self.state = .upgraded(exchange) }
    }

    /// The answer is complete and was written.
    ///
    /// - Parameters:
    ///   - mustClose: only the end of the connection tells the client so.
    ///   - isWritable: whether the client has taken enough of it.
    mutating func finished(
        mustClose: Bool,
        isWritable: Bool,
        bufferedBytes: Int,
        now: NIODeadline
    ) -> ServerConnectionActions.Finished {
        let request: RequestProgress
        switch self.state {
        case .replying(let current, _), .streaming(let current, _), .proxying(let current, _):
            request = current
        case .upgraded:
            request = .unreadable
        case .idle, .head, .checking, .gathering, .answering, .draining, .closing, .lingering, .closed:
            return .none
        }
        if mustClose || self.facts.takesNothingMore || request.closes {
            self.state = .closing(until: now + self.facts.times.output)
            return .closeOutput
        }
        guard isWritable, request.rest == .none else {
            let limit = request.rest == .none ? self.facts.times.output : self.facts.times.skip
            self.state = .draining(request, until: now + limit)
            return .drain
        }
        self.next(bufferedBytes: bufferedBytes, now: now)
        return .next
    }

    private mutating func next(bufferedBytes: Int, now: NIODeadline) {
        self.state =
            bufferedBytes > 0
            ? .head(until: now + self.facts.times.head)
            : .idle(until: now + self.facts.times.idle, isFirst: false)
    }

    /// The client has taken output, or the rest of the request was skipped.
    mutating func proceed(
        isWritable: Bool,
        bufferedBytes: Int,
        now: NIODeadline
    ) -> ServerConnectionActions.Proceed<Payloads> {
        switch self.state {
        case .draining(let request, _):
            guard isWritable, request.rest == .none else { return .none }
            if self.facts.takesNothingMore {
                self.state = .closing(until: now + self.facts.times.output)
                return .closeOutput
            }
            self.next(bufferedBytes: bufferedBytes, now: now)
            return .next
        case .streaming(_, let answer):
            return isWritable ? .resumeAnswer(answer) : .none
        case .proxying(_, let exchange), .upgraded(let exchange):
            return isWritable ? .resumeExchange(exchange) : .none
        case .idle, .head, .checking, .gathering, .replying, .answering, .closing, .lingering, .closed:
            return .none
        }
    }
}
