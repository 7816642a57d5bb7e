import NIOCore
import Testing

@testable import LocalServer

@Suite struct ServerConnectionMachineTests {
    typealias Actions = ServerConnectionActions
    private static let start = StubState.start
    private static let exchange = StubState.exchange

    // MARK: The table

    /// For each state: what it does and where it is afterwards, event by event.
    struct Row: Sendable, CustomTestStringConvertible {
        let state: StubState
        let received: Actions.Received
        let inputEnded: Actions.InputEnded
        let takesEvents: Bool
        let wantsReadAhead: Bool
        let isExpendable: Bool
        /// After its deadline; `nil` for a state that may last for ever.
        let deadline: TimeAmount?

        var testDescription: String { self.state.rawValue }

        init(
            _ state: StubState,
            _ received: Actions.Received,
            _ inputEnded: Actions.InputEnded,
            takes: Bool,
            reads: Bool,
            expendable: Bool,
            within deadline: TimeAmount?
        ) {
            self.state = state
            self.received = received
            self.inputEnded = inputEnded
            self.takesEvents = takes
            self.wantsReadAhead = reads
            self.isExpendable = expendable
            self.deadline = deadline
        }
    }

    static let table = [
        Row(.idle, .take, .close, takes: true, reads: true, expendable: true, within: .seconds(10)),
        Row(.head, .take, .close, takes: true, reads: true, expendable: true, within: .seconds(10)),
        Row(.checking, .take, .close, takes: false, reads: true, expendable: false, within: .seconds(30)),
        Row(.gathering, .take, .close, takes: true, reads: true, expendable: true, within: .seconds(10)),
        Row(.replying, .take, .close, takes: false, reads: true, expendable: false, within: .seconds(60)),
        Row(.answering, .take, .close, takes: false, reads: true, expendable: false, within: .seconds(90)),
        Row(.streaming, .take, .close, takes: false, reads: true, expendable: false, within: nil),
        Row(.proxying, .take, .close, takes: true, reads: true, expendable: false, within: nil),
        Row(.upgraded, .take, .process, takes: true, reads: true, expendable: false, within: nil),
        Row(.draining, .take, .close, takes: true, reads: true, expendable: true, within: .seconds(10)),
        Row(.closing, .drop, .wait, takes: false, reads: false, expendable: true, within: .seconds(60)),
        Row(.lingering, .drop, .close, takes: false, reads: true, expendable: true, within: .seconds(2)),
        Row(.closed, .drop, .close, takes: false, reads: false, expendable: false, within: nil),
    ]

    @Test func theTableHasEveryStateOnce() {
        #expect(Self.table.map(\.state) == StubState.allCases)
        for state in StubState.allCases { same(StubState(of: state.machine()), state) }
    }

    @Test(arguments: Self.table)
    func everyStateDoesWhatTheTableSays(row: Row) {
        let machine = row.state.machine()
        same(machine.takesEvents, row.takesEvents)
        same(machine.wantsRead(isStarved: false, bufferedBytes: 0), row.wantsReadAhead)
        same(machine.isExpendable, row.isExpendable)
        same(machine.deadline, row.deadline.map { Self.start + $0 })
        var fed = row.state.machine()
        same(fed.received(now: Self.start), row.received)
        var ended = row.state.machine()
        same(ended.inputEnded(), row.inputEnded)
        same(ended.wantsRead(isStarved: true, bufferedBytes: 0), false, "the input has ended")
    }

    /// A new state cannot be added without a deadline: those without one are these, and each carries a payload that ends.
    @Test func onlyStatesThatCarryAnEndOfTheirOwnHaveNoDeadline() {
        let endless = StubState.allCases.filter { $0.machine().deadline == nil }
        #expect(endless == [.streaming, .proxying, .upgraded, .closed])
    }

    @Test(arguments: Self.table)
    func aStateEndsAtItsDeadlineAndNotBefore(row: Row) {
        var machine = row.state.machine()
        guard let deadline = row.deadline else {
            same(machine.expired(now: Self.start + .hours(10_000)), .none)
            return
        }
        same(machine.expired(now: Self.start + deadline - .nanoseconds(1)), .none)
        let expected: Actions.Expired<StubPayloads> =
            switch row.state {
            case .gathering: .refuseSlowBody
            case .answering: .refuseSlowAnswer("route")
            default: .close
            }
        same(machine.expired(now: Self.start + deadline), expected)
    }

    @Test(arguments: StubState.allCases)
    func closingHandsBackWhatIsAtWorkOnce(state: StubState) {
        var machine = state.machine()
        let expected: Actions.Closed<StubPayloads> =
            switch state {
            case .answering, .streaming: .abandonAnswer("route")
            case .proxying, .upgraded: .abandonExchange(Self.exchange)
            case .closed: .alreadyClosed
            default: .none
            }
        same(machine.close(), expected)
        same(machine.close(), .alreadyClosed)
        same(machine.decided(.say("late"), now: Self.start), .none, "nothing is said on a closed connection")
        same(machine.finished(mustClose: false, isWritable: true, bufferedBytes: 0, now: Self.start), .none)
    }

    @Test(arguments: StubState.allCases)
    func stoppingEndsWhatWouldNotEndByItself(state: StubState) {
        var machine = state.machine()
        let expected: Actions.Stop<StubPayloads> =
            switch state {
            case .idle: .close
            case .proxying: .endExchange(Self.exchange)
            case .streaming: .endAnswer("route")
            default: .none
            }
        same(machine.stop(), expected)
        same(machine.willClose, true, "the answer under way is the last one")
    }

    // MARK: A client that does not read

    @Test func theNextRequestWaitsUntilTheAnswerIsTaken() {
        var machine = StubState.head.machine()
        same(machine.began(StubState.noBody, .say("401"), now: Self.start), .say("401", closes: false))
        same(machine.finished(mustClose: false, isWritable: false, bufferedBytes: 99, now: Self.start), .drain)
        same(machine.takesEvents, false, "a request that waits is not looked at")
        same(machine.wantsRead(isStarved: false, bufferedBytes: 99), false, "and nothing more is read")
        same(machine.proceed(isWritable: false, bufferedBytes: 99, now: Self.start), .none)
        same(machine.deadline, Self.start + .seconds(60))
        same(machine.proceed(isWritable: true, bufferedBytes: 99, now: Self.start), .next)
        same(StubState(of: machine), .head)
    }

    // MARK: A body that nobody waits for

    @Test(arguments: [
        (RequestHead.Body.none, false, false), (.sized(65_536), false, false), (.sized(65_537), false, true),
        (.chunked, false, true), (.sized(1), true, true),
    ])
    func anEarlyAnswerClosesUnlessTheRestIsSmall(body: RequestHead.Body, expects: Bool, closes: Bool) {
        var machine = StubState.head.machine()
        let shape = RequestShape(body: body, keepsAlive: true, expectsContinue: expects)
        same(machine.began(shape, .say("404"), now: Self.start), .say("404", closes: closes))
    }

    @Test func theRestOfABodyIsSkippedWithinItsDeadline() {
        var machine = StubState.head.machine()
        _ = machine.began(StubState.body, .say("401"), now: Self.start)
        same(machine.finished(mustClose: false, isWritable: true, bufferedBytes: 0, now: Self.start), .drain)
        same(machine.received(bodyBytes: 7), .skip)
        same(machine.proceed(isWritable: true, bufferedBytes: 0, now: Self.start), .none)
        same(machine.deadline, Self.start + .seconds(10), "a trickle does not move it")
        same(machine.received(bodyBytes: 1), .skip)
        same(machine.proceed(isWritable: true, bufferedBytes: 0, now: Self.start), .next)
    }

    // MARK: A head, a body, a token

    @Test func theFirstHeadHasTheConnectionsDeadlineAndALaterOneItsOwn() {
        var machine = StubState.idle.machine()
        _ = machine.received(now: Self.start + .seconds(9))
        same(machine.deadline, Self.start + .seconds(10))
        _ = machine.began(StubState.noBody, .say("200"), now: Self.start)
        _ = machine.finished(mustClose: false, isWritable: true, bufferedBytes: 0, now: Self.start)
        same(machine.deadline, Self.start + .seconds(120))
        _ = machine.received(now: Self.start + .seconds(100))
        same(machine.deadline, Self.start + .seconds(110))
    }

    @Test func aBodysDeadlineMovesWithItsBytes() {
        var machine = StubState.gathering.machine()
        same(machine.received(bodyBytes: 64 << 10), .gather("body"))
        same(machine.deadline, Self.start + .seconds(11))
        same(machine.bodyEnded(), .gathered("body"))
        same(machine.decided(.answer("route", .limited), now: Self.start), .answer("route"))
    }

    @Test func aSlowBodyIsAnsweredAndTheConnectionEnds() {
        var machine = StubState.gathering.machine()
        same(machine.expired(now: Self.start + .seconds(10)), .refuseSlowBody)
        same(machine.decided(.say("408"), now: Self.start), .say("408", closes: true))
        same(machine.finished(mustClose: true, isWritable: true, bufferedBytes: 0, now: Self.start), .closeOutput)
    }

    @Test func continueIsSaidOnceAndOnlyWhenTheBodyIsWanted() {
        var machine = StubState.head.machine()
        let shape = RequestShape(body: .sized(3), keepsAlive: true, expectsContinue: true)
        _ = machine.began(shape, .check(request: 1), now: Self.start)
        same(machine.takeContinue(), false, "nobody knows yet whether the body is wanted")
        _ = machine.decided(.gather("body", .known), now: Self.start)
        same(machine.takeContinue(), true)
        same(machine.takeContinue(), false)
    }

    @Test func ofAProxiedBodyTheEngineSaysWhetherItIsWanted() {
        let shape = RequestShape(body: .sized(3), keepsAlive: true, expectsContinue: true)
        var machine = StubState.head.machine()
        _ = machine.began(shape, .proxy(Self.exchange), now: Self.start)
        same(machine.takeContinue(), false, "the engine may refuse the request")
        same(machine.willClose, true, "then the body does not come, and no other request either")
        same(machine.bodyIsWanted(), true)
        same(machine.bodyIsWanted(), false)
        same(machine.willClose, false)
        same(machine.deadline, nil)
    }

    @Test func aClientIsToldToSendItsBodyWhenTheEngineSaysNothing() {
        let shape = RequestShape(body: .chunked, keepsAlive: true, expectsContinue: true)
        var machine = StubState.head.machine()
        _ = machine.began(shape, .proxy(Self.exchange), now: Self.start)
        same(machine.expired(now: Self.start + .milliseconds(2_999)), .none)
        same(machine.expired(now: Self.start + .seconds(3)), .sendContinue)
        same(machine.expired(now: Self.start + .hours(1)), .none)
        same(machine.bodyIsWanted(), false)
    }

    @Test func nothingIsSaidInTheMiddleOfAnAnswer() {
        let shape = RequestShape(body: .sized(3), keepsAlive: true, expectsContinue: true)
        var machine = StubState.head.machine()
        _ = machine.began(shape, .proxy(StubPayloads.Exchange(hasBegun: true)), now: Self.start)
        same(machine.expired(now: Self.start + .hours(1)), .none)
        same(machine.bodyIsWanted(), false)
    }

    @Test(arguments: [RequestHead.Body.sized(3), .chunked])
    func aClientThatSendsItsBodyUnaskedIsToldNothing(body: RequestHead.Body) {
        var machine = StubState.head.machine()
        let shape = RequestShape(body: body, keepsAlive: true, expectsContinue: true)
        _ = machine.began(shape, .proxy(Self.exchange), now: Self.start)
        same(machine.received(bodyBytes: 1), .pass(Self.exchange))
        same(machine.bodyIsWanted(), false)
        same(machine.expired(now: Self.start + .hours(1)), .none)
    }

    @Test func aVerdictOnAnEarlierRequestIsNotTakenForThisOne() {
        var machine = StubState.head.machine()
        _ = machine.began(StubState.noBody, .check(request: 2), now: Self.start)
        same(machine.isChecking(request: 1), false)
        same(machine.isChecking(request: 2), true)
        _ = machine.decided(.say("no"), now: Self.start)
        same(machine.isChecking(request: 2), false)
    }

    @Test func aKnownClientsConnectionIsNotGivenUp() {
        var machine = StubState.lingering.machine()
        same(machine.isExpendable, true)
        machine.becameKnown()
        same(machine.isExpendable, false)
    }

    // MARK: The engine

    @Test func anExchangeTakesTheBodyAsTheEngineDoes() {
        var machine = StubState.head.machine()
        let full = StubPayloads.Exchange(takesInput: false)
        _ = machine.began(StubState.body, .proxy(full), now: Self.start)
        same(machine.takesEvents, false)
        same(machine.wantsRead(isStarved: true, bufferedBytes: 3), true, "half of a chunk's size line is no event")
        same(machine.wantsRead(isStarved: false, bufferedBytes: 3), false)
    }

    @Test func aMalformedBodyReplacesTheAnswerUnlessThatHasBegun() {
        var machine = StubState.proxying.machine()
        same(machine.faulted(now: Self.start), .replace(Self.exchange))
        same(machine.decided(.say("400"), now: Self.start), .say("400", closes: true))
        var begun = StubState.head.machine()
        let exchange = StubPayloads.Exchange(hasBegun: true)
        _ = begun.began(StubState.body, .proxy(exchange), now: Self.start)
        same(begun.faulted(now: Self.start), .close)
    }

    @Test func anOrdinaryAnswerToAClientWithoutInputIsTheLastOne() {
        var machine = StubState.head.machine()
        let exchange = StubPayloads.Exchange(wantsUpgrade: true)
        _ = machine.began(StubState.noBody, .proxy(exchange), now: Self.start)
        same(machine.willClose, false)
        same(machine.inputEnded(), .wait)
        same(machine.willClose, true)
        same(machine.finished(mustClose: false, isWritable: true, bufferedBytes: 0, now: Self.start), .closeOutput)
        same(machine.outputClosed(now: Self.start), .close)
    }

    @Test func anUpgradeThatOutlivesItsInputEndsWithTheExchange() {
        var machine = StubState.upgraded.machine()
        same(machine.exchangeToEnd, nil)
        same(machine.inputEnded(), .process)
        same(machine.exchangeToEnd, Self.exchange)
        same(machine.finished(mustClose: false, isWritable: true, bufferedBytes: 0, now: Self.start), .closeOutput)
        same(machine.outputClosed(now: Self.start), .close, "both directions have ended")
    }

    @Test func theOutputIsWrittenBeforeTheConnectionLingers() {
        var machine = StubState.closing.machine()
        same(machine.received(now: Self.start), .drop)
        same(machine.outputClosed(now: Self.start + .seconds(50)), .linger)
        same(machine.deadline, Self.start + .seconds(52))
        same(machine.outputClosed(now: Self.start), .none)
    }
}

/// `#expect` does not take a value that cannot be copied in its expression.
private func same<Value: Equatable>(
    _ actual: Value,
    _ expected: Value,
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual == expected, comment, sourceLocation: sourceLocation)
}
