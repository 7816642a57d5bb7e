import NIOCore

extension ServerConnectionMachine {
    /// When `expired` has something to do: to end the state, or, while the engine has the request, to tell the client to send its
    /// body. `nil` in a state that has no limit of the connection's own.
    var deadline: NIODeadline? {
        switch self.state {
        case .idle(let until, _), .head(let until), .checking(_, _, let until), .replying(_, let until): until
        case .answering(_, _, let until), .draining(_, let until), .closing(let until), .lingering(let until): until
        case .gathering(_, _, let pace): pace.deadline
        // Nothing may stand in the middle of an answer.
        case .proxying(let request, let exchange): exchange.hasBegun ? nil : request.continueDeadline
        case .streaming, .upgraded, .closed: nil
        }
    }

    /// Whether the next event of the request reader is taken.
    var takesEvents: Bool {
        switch self.state {
        case .idle, .head, .gathering: true
        case .proxying(let request, let exchange): !request.hasEnded && exchange.takesInput
        case .upgraded(let exchange): exchange.takesInput
        case .draining(let request, _): request.rest != .none
        case .checking, .replying, .answering, .streaming, .closing, .lingering, .closed: false
        }
    }

    /// Whether the client is to be read. Where events are not taken yet, one read ahead is made and no more; that is also
    /// how a client that leaves is noticed.
    ///
    /// - Parameter isStarved: whether the request reader needs more, whatever it holds.
    func wantsRead(isStarved: Bool, bufferedBytes: Int) -> Bool {
        guard !self.facts.hasInputEnded else { return false }
        return switch self.state {
        case .idle, .head, .gathering, .lingering: true
        case .upgraded(let exchange): exchange.takesInput
        case .checking, .replying, .answering, .streaming, .proxying, .draining: isStarved || bufferedBytes == 0
        case .closing, .closed: false
        }
    }

    /// Whether the connection ends with the answer under way, as far as that is known now.
    var willClose: Bool {
        if self.facts.takesNothingMore { return true }
        return switch self.state {
        case .answering(let request, _, _), .streaming(let request, _): request.closes
        // Its body may still be on the way to the engine; one that was never asked for will not come.
        case .proxying(let request, _): !request.shape.keepsAlive || request.owesContinue
        case .idle, .head, .checking, .gathering, .replying, .upgraded, .draining, .closing, .lingering, .closed: true
        }
    }

    /// Whether a request of this connection was let in.
    var isKnown: Bool { self.facts.isKnown }

    /// Whether the connection may be closed for the sake of another: its client is unknown, and the agent does nothing
    /// for it at the moment.
    var isExpendable: Bool {
        if self.facts.isKnown { return false }
        return switch self.state {
        case .idle, .head, .gathering, .draining, .closing, .lingering: true
        case .checking, .replying, .answering, .streaming, .proxying, .upgraded, .closed: false
        }
    }

    /// Whether an unknown client waits for the answer of a public route. It gives way where no other does: one that asks
    /// without a pause would never do so otherwise.
    var isAskingAsStranger: Bool {
        guard case .answering = self.state else { return false }
        return !self.facts.isKnown
    }

    /// The body that is being gathered.
    var bodyUnderWay: Payloads.Body? {
        guard case .gathering(_, let body, _) = self.state else { return nil }
        return body
    }

    /// Whether the head of a request has not arrived completely.
    var isInHead: Bool {
        switch self.state {
        case .idle, .head: true
        case .checking, .gathering, .replying, .answering, .streaming, .proxying, .upgraded: false
        case .draining, .closing, .lingering, .closed: false
        }
    }

    /// Whether a token is being verified for the request of this number. A verdict on an earlier request is not one on the
    /// request that is under way.
    func isChecking(request number: Int) -> Bool {
        if case .checking(_, number, _) = self.state { true } else { false }
    }

    /// The upgraded exchange that hears of the end of the input once all that came before has been passed on.
    var exchangeToEnd: Exchange? {
        guard self.facts.hasInputEnded, case .upgraded(let exchange) = self.state else { return nil }
        return exchange
    }
}
