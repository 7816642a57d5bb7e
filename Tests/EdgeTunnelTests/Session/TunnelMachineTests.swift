import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct TunnelMachineTests {
    @Test func theTableHasEveryPairOnce() {
        let pairs = TunnelTable.rows.map { "\($0.phase) \($0.event)" }
        #expect(Set(pairs).count == pairs.count)
        #expect(pairs.count == TunnelPhase.allCases.count * TunnelEvent.allCases.count)
    }

    @Test(arguments: TunnelTable.rows.filter { $0.outcome != nil })
    func everyEventDoesWhatTheTableSays(row: TunnelRow) {
        var machine = TunnelFixture.machine(in: row.phase)
        let outcome = TunnelFixture.put(row.event, to: &machine)
        #expect(outcome == row.outcome)
        let next = TunnelFixture.phase(of: machine)
        #expect(next == row.next)
    }

    /// Frames before the upgrade, and a second upgrade, can only be our own mistake.
    @Test(arguments: TunnelTable.rows.filter { $0.outcome == nil })
    func ourOwnMistakesTrap(row: TunnelRow) async {
        await #expect(processExitsWith: .failure) {
            [phase = row.phase as TunnelPhase, event = row.event as TunnelEvent] in
            var machine = TunnelFixture.machine(in: phase)
            _ = TunnelFixture.put(event, to: &machine)
        }
    }

    @Test func inputThatIsLostBreaksItsSessionAndAMalformedStartDoesNot() {
        var machine = Self.live()
        machine.opened(exec: "E", id: "e")
        let lost = Malformed(reason: "too large", execID: "e", losesInput: true)
        let broken = machine.received(.malformed(lost), now: TunnelFixture.start)
        #expect(broken == .stream(.breakExec("E", reason: "too large")))
        let start = Malformed(reason: "no command", execID: "e")
        let noted = machine.received(.malformed(start), now: TunnelFixture.start)
        #expect(noted == .answer(start))
    }

    // MARK: Bodies that come in frames

    private static func received(_ frame: InboundFrame, _ machine: inout TestMachine) -> TestMachine.FrameAction {
        machine.received(frame, now: TunnelFixture.start)
    }

    private static func uploading() -> TestMachine {
        var machine = self.live()
        machine.opened(request: "R", id: "r", form: .plain, streamsBody: true)
        return machine
    }

    private static let piece = InboundFrame.stream(requestID: "r", ByteBuffer(string: "tar"))
    private static let end = InboundFrame.streamEnd(requestID: "r", isCanceled: false)

    @Test func theFirstEndEndsTheBodyAndTheSecondOneTheAnswer() {
        var machine = Self.uploading()
        #expect(Self.received(Self.piece, &machine) == .stream(.body("R", ByteBuffer(string: "tar"))))
        #expect(Self.received(Self.end, &machine) == .stream(.endBody("R")))
        #expect(Self.received(Self.piece, &machine) == .none)
        #expect(Self.received(Self.end, &machine) == .stream(.cancel("R")))
        #expect(Self.received(Self.end, &machine) == .none)
    }

    @Test func aBodyThatIsCancelledIsNotTakenForAWholeOne() {
        let cancel = InboundFrame.streamEnd(requestID: "r", isCanceled: true)
        for frame in [cancel, .error(PeerError(message: "gone", requestID: "r"))] {
            var machine = Self.uploading()
            #expect(Self.received(frame, &machine) == .stream(.cancel("R")))
            #expect(Self.received(Self.piece, &machine) == .none)
            #expect(Self.received(Self.end, &machine) == .none)
        }
    }

    @Test func theRestOfABodyWhoseRequestIsOverIsIgnored() {
        var machine = Self.uploading()
        machine.ended(requestID: "r")
        #expect(Self.received(Self.piece, &machine) == .none)
        #expect(Self.received(Self.end, &machine) == .none)
        machine.opened(request: "R", id: "r", form: .plain)
        #expect(Self.received(Self.piece, &machine) == .none, "nothing of the earlier one is left")
        #expect(Self.received(Self.end, &machine) == .stream(.cancel("R")))
    }

    /// A body may come before its request, or without one.
    @Test func aBodyBeforeItsRequestIsIgnored() {
        var machine = Self.live()
        for frame in [Self.piece, Self.end, .streamEnd(requestID: "r", isCanceled: true)] {
            #expect(Self.received(frame, &machine) == .none)
        }
        machine.opened(request: "R", id: "r", form: .plain, streamsBody: true)
        #expect(Self.received(Self.piece, &machine) == .stream(.body("R", ByteBuffer(string: "tar"))))
    }

    @Test func theBodyOfARefusedRequestIsIgnored() {
        var machine = Self.live()
        for index in 0..<100 { machine.opened(request: "R\(index)", id: "r\(index)", form: .plain, streamsBody: true) }
        let request = RequestFrame(
            id: "r",
            method: "POST",
            path: "/images/load",
            headers: [],
            body: nil,
            streamsBody: true
        )
        let reason = "agent busy: too many concurrent requests"
        #expect(Self.received(.request(request), &machine) == .stream(.refuseRequest(id: "r", reason: reason)))
        #expect(Self.received(Self.piece, &machine) == .none)
        #expect(Self.received(Self.end, &machine) == .none)
    }

    @Test func aPieceThatIsLostBreaksItsRequest() {
        var machine = Self.uploading()
        var malformed = Malformed(reason: "not base64", requestID: "r")
        // One that was skipped says no more than its id.
        #expect(Self.received(.malformed(malformed), &machine) == .stream(.breakBody("R", reason: "not base64")))
        malformed.losesBody = true
        #expect(Self.received(.malformed(malformed), &machine) == .stream(.breakBody("R", reason: "not base64")))
        _ = Self.received(Self.end, &machine)
        #expect(Self.received(.malformed(malformed), &machine) == .none)
        malformed.requestID = "x"
        #expect(Self.received(.malformed(malformed), &machine) == .none)
        malformed.losesBody = false
        #expect(Self.received(.malformed(malformed), &machine) == .answer(malformed))
    }

    /// Pieces of the second body would go on the first one.
    @Test func aSecondRequestUnderTheIDOfAnUploadEndsThat() {
        var machine = Self.uploading()
        let again = RequestFrame(id: "r", method: "POST", path: "/build", headers: [], body: nil, streamsBody: true)
        let reason = "duplicate requestId"
        #expect(Self.received(.request(again), &machine) == .stream(.breakBody("R", reason: reason)))
        _ = Self.received(Self.end, &machine)
        #expect(Self.received(.request(again), &machine) == .stream(.refuseRequest(id: "r", reason: reason)))
    }

    @Test func whatMayHaveBeenAPieceOfAnyBodyBreaksAllThatAreUnderWay() {
        var machine = Self.uploading()
        machine.opened(request: "S", id: "s", form: .plain)
        var malformed = Malformed(losingAnyBody: "cut off")
        let reason = "a frame that names no request is lost: cut off"
        #expect(Self.received(.malformed(malformed), &machine) == .stream(.breakBodies(["R"], reason: reason)))
        malformed.losesAnyBody = false
        #expect(Self.received(.malformed(malformed), &machine) == .answer(malformed))
        malformed.losesAnyBody = true
        _ = Self.received(Self.end, &machine)
        #expect(Self.received(.malformed(malformed), &machine) == .answer(malformed))
    }

    // MARK: Before the welcome

    @Test func aControllerThatTalksInsteadOfWelcomingEndsTheSession() {
        let frames: [InboundFrame] = [
            .ping(timestamp: nil), .unknown(type: "dd:later"), .malformed(Malformed(reason: "odd", requestID: "r")),
            .request(TunnelFixture.request("r")), .pong(timestamp: nil),
            .execInput(execID: "e", ByteBuffer(string: "x")),
        ]
        for frame in frames {
            var machine = TunnelFixture.machine(in: .greeting)
            for _ in 0..<TestMachine.maximumGreetingFrames {
                let action = machine.received(frame, now: TunnelFixture.start)
                let isPing = if case .ping = frame { true } else { false }
                #expect(action == (isPing ? .pong(timestamp: nil) : .none), "\(frame)")
            }
            let last = machine.received(frame, now: TunnelFixture.start)
            #expect(last == .close(Self.tooManyFrames), "\(frame)")
        }
    }

    @Test func webSocketPingsBeforeTheWelcomeCountToo() {
        var machine = TunnelFixture.machine(in: .greeting)
        for _ in 0..<TestMachine.maximumGreetingFrames { _ = machine.pinged(ByteBuffer()) }
        let last = machine.pinged(ByteBuffer())
        #expect(last == .close(Self.tooManyFrames))
    }

    @Test func theWelcomeMayComeAfterAFewOtherFrames() {
        var machine = TunnelFixture.machine(in: .greeting)
        for _ in 0..<TestMachine.maximumGreetingFrames { _ = machine.pinged(ByteBuffer()) }
        let welcome = machine.received(.welcome(Welcome()), now: TunnelFixture.start)
        #expect(welcome == .welcomed(Welcome()))
    }

    // MARK: Streams

    @Test func theHundredAndFirstRequestIsRefused() {
        var machine = Self.live()
        for index in 1...100 { machine.opened(request: "R\(index)", id: "r\(index)", form: .plain) }
        let refused = machine.received(.request(TunnelFixture.request("r101")), now: TunnelFixture.start)
        #expect(refused == .stream(.refuseRequest(id: "r101", reason: "agent busy: too many concurrent requests")))
        machine.ended(requestID: "r50")
        let accepted = machine.received(.request(TunnelFixture.request("r101")), now: TunnelFixture.start)
        #expect(accepted == .stream(.begin(TunnelFixture.request("r101"))))
    }

    @Test func theHundredAndFirstSessionIsRefused() {
        var machine = Self.live()
        for index in 1...100 { machine.opened(exec: "E\(index)", id: "e\(index)") }
        let refused = machine.received(.execStart(TunnelFixture.execStart("e101")), now: TunnelFixture.start)
        #expect(refused == .stream(.refuseExec(id: "e101", reason: "session limit reached")))
        let request = machine.received(.request(TunnelFixture.request("r1")), now: TunnelFixture.start)
        #expect(request == .stream(.begin(TunnelFixture.request("r1"))), "sessions do not count as requests")
        machine.ended(execID: "e1")
        let accepted = machine.received(.execStart(TunnelFixture.execStart("e101")), now: TunnelFixture.start)
        #expect(accepted == .stream(.beginExec(TunnelFixture.execStart("e101"))))
    }

    private static func live(execs: Int = 100, streams: Int? = nil) -> TestMachine {
        var limits = TunnelFixture.limits
        limits.execs = execs
        limits.streams = streams
        var machine = TestMachine(limits: limits)
        _ = machine.upgraded(now: TunnelFixture.start)
        _ = machine.received(.welcome(Welcome()), now: TunnelFixture.start)
        return machine
    }

    @Test func sessionsBeyondTheirSettingAreRefused() {
        var machine = Self.live(execs: 2)
        for index in 1...2 { machine.opened(exec: "E\(index)", id: "e\(index)") }
        let refused = machine.received(.execStart(TunnelFixture.execStart("e3")), now: TunnelFixture.start)
        #expect(refused == .stream(.refuseExec(id: "e3", reason: "session limit reached")))
        machine.ended(execID: "e1")
        let accepted = machine.received(.execStart(TunnelFixture.execStart("e3")), now: TunnelFixture.start)
        #expect(accepted == .stream(.beginExec(TunnelFixture.execStart("e3"))))
    }

    private static func request(_ id: String, _ path: String) -> RequestFrame {
        RequestFrame(id: id, method: "GET", path: path, headers: [], body: nil)
    }

    enum StreamEnd: CaseIterable {
        case answered, cancelled, failed
    }

    @Test(arguments: StreamEnd.allCases)
    func streamsBeyondTheirSettingAreRefusedUntilOneHasEnded(end: StreamEnd) {
        var machine = Self.live(streams: 1)
        machine.opened(request: "R0", id: "r0", form: .plain)
        let next = Self.request("r2", "/containers/c/logs?follow=1")
        let first = machine.received(.request(next), now: TunnelFixture.start)
        #expect(first == .stream(.begin(next)), "a plain request is not a stream")
        machine.opened(request: "R1", id: "r1", form: .stream)
        let refused = machine.received(.request(next), now: TunnelFixture.start)
        let reason = "1 streams are open, as many as MAX_STREAM_SESSIONS allows; close one, or raise it"
        #expect(refused == .stream(.refuseStream(id: "r2", reason: reason)))
        let plain = Self.request("r2", "/version")
        let other = machine.received(.request(plain), now: TunnelFixture.start)
        #expect(other == .stream(.begin(plain)))
        switch end {
        case .answered: machine.ended(requestID: "r1")
        case .cancelled: _ = machine.received(.streamEnd(requestID: "r1", isCanceled: true), now: TunnelFixture.start)
        case .failed:
            _ = machine.received(.error(PeerError(message: "", requestID: "r1")), now: TunnelFixture.start)
        }
        let accepted = machine.received(.request(next), now: TunnelFixture.start)
        #expect(accepted == .stream(.begin(next)))
    }

    @Test func streamsHaveNoLimitOfTheirOwnWithoutTheSetting() {
        var machine = Self.live()
        for index in 1...99 { machine.opened(request: "R\(index)", id: "r\(index)", form: .stream) }
        let next = Self.request("r100", "/events")
        let accepted = machine.received(.request(next), now: TunnelFixture.start)
        #expect(accepted == .stream(.begin(next)))
    }

    @Test func aSecondRequestUnderALiveIDIsRefused() {
        var machine = TunnelFixture.machine(in: .live)
        let second = machine.received(.request(TunnelFixture.request("r1")), now: TunnelFixture.start)
        #expect(second == .stream(.refuseRequest(id: "r1", reason: "duplicate requestId")))
        machine.ended(requestID: "r1")
        let later = machine.received(.request(TunnelFixture.request("r1")), now: TunnelFixture.start)
        #expect(later == .stream(.begin(TunnelFixture.request("r1"))))
    }

    @Test func aSecondSessionUnderALiveIDIsDropped() {
        var machine = TunnelFixture.machine(in: .live)
        let second = machine.received(.execStart(TunnelFixture.execStart("e1")), now: TunnelFixture.start)
        #expect(second == .ignored(type: "exec_start with a live execId"))
    }

    @Test func theEchoOfOurOwnExecEndIsIgnored() {
        var machine = TunnelFixture.machine(in: .live)
        machine.ended(execID: "e1")
        let echo = machine.received(.execEnd(execID: "e1"), now: TunnelFixture.start)
        #expect(echo == .none)
    }

    @Test func aCancelledStreamIsHandedBackOnce() {
        var machine = TunnelFixture.machine(in: .live)
        let first = machine.received(.streamEnd(requestID: "r1", isCanceled: true), now: TunnelFixture.start)
        let second = machine.received(.streamEnd(requestID: "r1", isCanceled: true), now: TunnelFixture.start)
        #expect([first, second] == [.stream(.cancel("R1")), .none])
    }

    @Test func framesForUnknownIDsChangeNothing() {
        var machine = TunnelFixture.machine(in: .live)
        let frames: [InboundFrame] = [
            .stream(requestID: "x", ByteBuffer(string: "tar")), .streamEnd(requestID: "x", isCanceled: false),
            .execEnd(execID: "x"), .execInput(execID: "x", ByteBuffer(string: "ls")),
            .execResize(execID: "x", TerminalSize(columns: 1, rows: 1)!),
        ]
        for frame in frames {
            let action = machine.received(frame, now: TunnelFixture.start)
            #expect(action == .none, "\(frame)")
        }
        let error = machine.received(.error(PeerError(message: "gone", requestID: "x")), now: TunnelFixture.start)
        #expect(error == .note(PeerError(message: "gone", requestID: "x")))
    }

    @Test func aStreamThatEndedIsNotDroppedAgain() {
        var machine = TunnelFixture.machine(in: .live)
        machine.ended(requestID: "r1")
        machine.ended(execID: "e1")
        let lost = machine.lost("reset", now: TunnelFixture.start)
        #expect(lost == TestMachine.Closing(.lost("reset"), quiet: Quiet(gap: .zero, afterPing: false)))
    }

    @Test func aStreamOpenedAfterTheShutdownIsForgotten() {
        var machine = TunnelFixture.machine(in: .draining)
        machine.opened(request: "R2", id: "r2", form: .plain)
        let lost = machine.lost("reset", now: TunnelFixture.start)
        #expect(lost == TestMachine.Closing(.shutDown))
    }

    @Test func aLiveSessionIsFoundByItsID() {
        var machine = TunnelFixture.machine(in: .live)
        let found = [machine.exec("e1"), machine.exec("r1")]
        #expect(found == ["E1", nil])
        _ = machine.lost("reset", now: TunnelFixture.start)
        let gone = machine.exec("e1")
        #expect(gone == nil)
    }

    private static let tooManyFrames = TestMachine.Closing(
        .protocolViolation("more than 32 frames before the welcome")
    )
}
