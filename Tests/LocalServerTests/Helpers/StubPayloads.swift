import NIOCore

@testable import LocalServer

/// What a machine under test is handed instead of answers, bodies and exchanges.
enum StubPayloads: ServerConnectionPayloads {
    typealias Reply = String
    typealias Body = String
    typealias Answer = String

    struct Exchange: ProxiedExchange, Equatable {
        var takesInput = true
        var hasBegun = false
        var wantsUpgrade = false
    }
}

typealias StubMachine = ServerConnectionMachine<StubPayloads>

/// A state of a `StubMachine`, and how to get there by events alone.
enum StubState: String, CaseIterable, Sendable {
    case idle, head, checking, gathering, replying, answering, streaming, proxying, upgraded, draining, closing
    case lingering, closed

    static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    static let times = ServerConnectionTimes(
        head: .seconds(10),
        idle: .seconds(120),
        answer: .seconds(90),
        linger: .seconds(2)
    )
    static let exchange = StubPayloads.Exchange()
    static let body = RequestShape(body: .sized(8), keepsAlive: true, expectsContinue: false)
    static let noBody = RequestShape(body: .none, keepsAlive: true, expectsContinue: false)

    func machine() -> StubMachine {
        var machine = StubMachine(times: Self.times, now: Self.start)
        let now = Self.start
        if self == .idle { return machine }
        _ = machine.received(now: now)
        switch self {
        case .idle, .head: break
        case .checking: _ = machine.began(Self.body, .check(request: 1), now: now)
        case .gathering: _ = machine.began(Self.body, .gather("body", .stranger), now: now)
        case .replying: _ = machine.began(Self.noBody, .say("no"), now: now)
        case .answering: _ = machine.began(Self.noBody, .answer("route", .limited), now: now)
        case .streaming:
            _ = machine.began(Self.noBody, .answer("route", .limited), now: now)
            machine.answerBegan()
        case .proxying: _ = machine.began(Self.body, .proxy(Self.exchange), now: now)
        case .upgraded:
            _ = machine.began(Self.noBody, .proxy(Self.exchange), now: now)
            machine.upgraded()
        case .draining:
            _ = machine.began(Self.body, .say("no"), now: now)
            _ = machine.finished(mustClose: false, isWritable: false, bufferedBytes: 0, now: now)
        case .closing, .lingering:
            _ = machine.began(Self.noBody, .say("no"), now: now)
            _ = machine.finished(mustClose: true, isWritable: true, bufferedBytes: 0, now: now)
            if self == .lingering { _ = machine.outputClosed(now: now) }
        case .closed: _ = machine.close()
        }
        return machine
    }

    init(of machine: borrowing StubMachine) {
        self =
            switch machine.state {
            case .idle: .idle
            case .head: .head
            case .checking: .checking
            case .gathering: .gathering
            case .replying: .replying
            case .answering: .answering
            case .streaming: .streaming
            case .proxying: .proxying
            case .upgraded: .upgraded
            case .draining: .draining
            case .closing: .closing
            case .lingering: .lingering
            case .closed: .closed
            }
    }
}
