import NIOCore

/// How a connection ends: by itself, by its client, by the clock, or with the listener.
extension ServerConnectionMachine {
    /// The client has taken everything and knows that no more follows.
    mutating func outputClosed(now: NIODeadline) -> ServerConnectionActions.OutputClosed {
        guard case .closing = self.state else { return .none }
        if self.facts.hasInputEnded { return .close }
        self.state = .lingering(until: now + self.facts.times.linger)
        return .linger
    }

    /// The client sends nothing more.
    mutating func inputEnded() -> ServerConnectionActions.InputEnded {
        self.facts.hasInputEnded = true
        return switch self.state {
        case .upgraded: .process
        case .proxying(_, let exchange): exchange.wantsUpgrade ? .wait : .close
        case .closing: .wait
        // A client that sends nothing more has left: it would not see the answer.
        case .idle, .head, .checking, .gathering, .replying, .answering, .streaming, .draining, .lingering, .closed:
            .close
        }
    }

    /// Looks at the deadline; at most a second late.
    mutating func expired(now: NIODeadline) -> ServerConnectionActions.Expired<Payloads> {
        guard let deadline = self.deadline, deadline <= now else { return .none }
        switch self.state {
        case .gathering:
            self.facts.isStopping = true
            return .refuseSlowBody
        case .answering(_, let answer, _): return .refuseSlowAnswer(answer)
        case .proxying(var request, let exchange):
            _ = request.takeContinue()
            self.state = .proxying(request, exchange)
            return .sendContinue
        case .idle, .head, .checking, .replying, .streaming, .upgraded, .draining, .closing, .lingering,
            .closed:
            return .close
        }
    }

    /// Takes no further request and ends what would not end by itself.
    mutating func stop() -> ServerConnectionActions.Stop<Payloads> {
        self.facts.isStopping = true
        return switch self.state {
        case .idle: .close
        case .proxying(_, let exchange): .endExchange(exchange)
        case .streaming(_, let answer): .endAnswer(answer)
        // It ends with the request under way, or by its deadline.
        case .head, .checking, .gathering, .replying, .answering, .upgraded, .draining, .closing, .lingering, .closed:
            .none
        }
    }

    /// The connection is gone, or given up.
    mutating func close() -> ServerConnectionActions.Closed<Payloads> {
        let action: ServerConnectionActions.Closed<Payloads> =
            switch self.state {
            case .answering(_, let answer, _), .streaming(_, let answer): .abandonAnswer(answer)
            case .proxying(_, let exchange), .upgraded(let exchange): .abandonExchange(exchange)
            case .idle, .head, .checking, .gathering, .replying, .draining, .closing, .lingering: .none
            case .closed: .alreadyClosed
            }
        self.state = .closed
        return action
    }
}
