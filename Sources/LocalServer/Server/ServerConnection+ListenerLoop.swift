import NIOCore

/// What the listener loop asks and tells a connection, once a second and when it drains.
extension ServerConnection {
    /// Whether the listener loop may close it for another one.
    var isExpendable: Bool { self.machine.isExpendable }
    var isAskingAsStranger: Bool { self.machine.isAskingAsStranger }
    var isKnown: Bool { self.machine.isKnown }

    func check(now: NIODeadline) {
        if self.memory.hasToGiveWay, let gatherer = self.machine.bodyUnderWay {
            return self.decided(self.decider.noRoom(for: gatherer))
        }
        switch self.machine.expired(now: now) {
        case .none: break
        case .close: self.close()
        case .sendContinue: self.sendContinue()
        case .refuseSlowBody: self.decided(.say(PlainAnswer(408, "the request body did not arrive in time")))
        case .refuseSlowAnswer(let answer):
            _ = answer.abandon()
            self.decided(.say(PlainAnswer(504, "the agent has no answer in time")))
            self.process()
        }
    }

    /// Takes no further request and ends what would not end by itself.
    func drain() {
        switch self.machine.stop() {
        case .none: break
        case .close: self.close()
        case .endExchange(let sink): _ = sink.endEndless()
        case .endAnswer(let answer): answer.endEndless()
        }
    }

    func giveUp() {
        self.close()
    }
}
