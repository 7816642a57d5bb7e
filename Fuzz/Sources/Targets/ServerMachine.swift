import NIOCore

@testable import LocalServer

extension Targets {
    /// The machine of a server connection by itself, with all of its events in any order that its connection could bring
    /// about. The first byte of each step says which event it is, the second how much.
    static func machine(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        var machine = FuzzedMachine()
        while let kind = rest.popFirst(), let amount = rest.popFirst() {
            machine.step(kind, amount)
            machine.check()
        }
    }
}

private enum FuzzedPayloads: ServerConnectionPayloads {
    typealias Reply = Int
    typealias Body = Int
    typealias Answer = Int

    struct Exchange: ProxiedExchange {
        var takesInput = true
        var hasBegun = false
        var wantsUpgrade = false
    }
}

private struct FuzzedMachine: ~Copyable {
    private typealias Machine = ServerConnectionMachine<FuzzedPayloads>

    private static let times = ServerConnectionTimes(
        head: .seconds(10),
        idle: .seconds(120),
        answer: .seconds(90),
        linger: .seconds(2)
    )
    /// No state but the gathering of a body may last longer.
    private static let longest = TimeAmount.seconds(120)

    private var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private var machine = Machine(times: Self.times, now: .uptimeNanoseconds(1_000_000_000_000))
    /// Requests that began, and those of them whose answer is complete.
    private var requests = 0
    private var answers = 0
    private var isStopped = false
    private var isClosed = false
    private var hasInputEnded = false

    mutating func step(_ kind: UInt8, _ amount: UInt8) {
        let isEven = amount % 2 == 0
        switch kind % 16 {
        case 0:
            let action = self.machine.received(now: self.now)
            precondition(!self.isClosed || action == .drop, "a closed connection takes bytes")
        case 1 where self.machine.isInHead:
            self.requests += 1
            self.perform(self.machine.began(Self.shape(amount), Self.decision(amount), now: self.now), amount)
        case 2: self.perform(self.machine.decided(Self.decision(amount), now: self.now), amount)
        case 3: _ = self.machine.received(bodyBytes: Int(amount) * 1024)
        case 4: _ = self.machine.bodyEnded()
        case 5:
            // Without a head, the fault itself is the request.
            if self.machine.isInHead { self.requests += 1 }
            self.isStopped = true
            switch self.machine.faulted(now: self.now) {
            case .reply, .replace: self.perform(self.machine.decided(.say(0), now: self.now), amount)
            case .close: self.close()
            }
        case 6: self.machine.answerBegan()
        case 7: self.machine.upgraded()
        case 8: self.finish(mustClose: amount > 200, isWritable: isEven, buffered: Int(amount % 3))
        case 9:
            let action = self.machine.proceed(isWritable: isEven, bufferedBytes: Int(amount % 3), now: self.now)
            if case .next = action { self.next() }
        case 10: if case .close = self.machine.outputClosed(now: self.now) { self.close() }
        case 11:
            self.hasInputEnded = true
            if case .close = self.machine.inputEnded() { self.close() }
        case 12: self.pass(.milliseconds(Int64(amount) * 100), amount)
        case 13:
            self.isStopped = true
            if case .close = self.machine.stop() { self.close() }
        case 14 where amount > 240: self.close()
        case 15: _ = isEven ? self.machine.takeContinue() : self.machine.bodyIsWanted()
        default: self.machine.becameKnown()
        }
    }

    private static func shape(_ amount: UInt8) -> RequestShape {
        let body: RequestHead.Body =
            switch amount >> 5 {
            case 0...3: .none
            case 4: .sized(Int(amount) * 512)
            case 5: .sized(1 << 40)
            default: .chunked
            }
        return RequestShape(body: body, keepsAlive: amount & 16 == 0, expectsContinue: amount & 8 == 0)
    }

    private static func decision(_ amount: UInt8) -> Machine.Decision {
        switch amount % 7 {
        case 0: .say(0)
        case 1: .check(request: Int(amount))
        case 2: .gather(0, .stranger)
        case 3: .gather(0, .known)
        case 4: .answer(0, .limited)
        case 5: .answer(0, .limitsItself)
        default: .proxy(.init(takesInput: amount & 8 == 0, hasBegun: amount & 16 == 0, wantsUpgrade: amount & 32 == 0))
        }
    }

    private mutating func perform(_ action: ServerConnectionActions.Decided<FuzzedPayloads>, _ amount: UInt8) {
        guard case .say(_, let closes) = action else { return }
        precondition(!self.isClosed, "a closed connection answers")
        self.finish(mustClose: closes, isWritable: amount % 2 == 0, buffered: Int(amount % 3))
    }

    private mutating func finish(mustClose: Bool, isWritable: Bool, buffered: Int) {
        let action = self.machine.finished(
            mustClose: mustClose,
            isWritable: isWritable,
            bufferedBytes: buffered,
            now: self.now
        )
        guard action != .none else { return }
        self.answers += 1
        precondition(self.answers <= self.requests, "a request is answered twice")
        guard case .next = action else { return }
        precondition(isWritable, "the next request begins although the client does not read")
        self.next()
    }

    private func next() {
        precondition(!self.isStopped, "the next request begins on a connection that takes none")
        precondition(self.answers == self.requests, "the next request begins before the last was answered")
    }

    private mutating func pass(_ time: TimeAmount, _ amount: UInt8) {
        self.now = self.now + time
        let isDue = self.machine.deadline.map { $0 <= self.now } ?? false
        switch self.machine.expired(now: self.now) {
        case .none: precondition(!isDue, "a deadline has passed and nothing follows")
        case .sendContinue: precondition(self.machine.deadline == nil, "the client is told to send its body twice")
        case .close: self.close()
        case .refuseSlowBody, .refuseSlowAnswer: self.perform(self.machine.decided(.say(0), now: self.now), amount)
        }
    }

    private mutating func close() {
        if case .alreadyClosed = self.machine.close() {
            precondition(self.isClosed, "a connection is closed that was not")
        } else {
            precondition(!self.isClosed, "a connection is closed twice")
        }
        self.isClosed = true
    }

    func check() {
        switch self.machine.state {
        case .streaming, .proxying, .upgraded: precondition(!self.isClosed, "a closed connection is at work")
        case .closed:
            precondition(self.isClosed, "a connection is closed by itself")
            precondition(!self.machine.takesEvents, "a closed connection takes events")
        case .gathering: precondition(self.machine.deadline != nil, "a body may take for ever")
        case .idle, .head, .checking, .replying, .answering, .draining, .closing, .lingering:
            guard let deadline = self.machine.deadline else { preconditionFailure("a state may last for ever") }
            precondition(deadline <= self.now + Self.longest, "a state may last too long")
        }
        let wantsRead = self.machine.wantsRead(isStarved: true, bufferedBytes: 0)
        precondition(!wantsRead || !self.isClosed && !self.hasInputEnded, "nothing can be read any more")
    }
}
