import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct TunnelStateMachineTests {
    @Test func theTableHasEveryPairOnce() {
        let pairs = TunnelTable.rows.map { "\($0.phase) \($0.event)" }
        #expect(Set(pairs).count == pairs.count)
        #expect(pairs.count == TunnelPhase.allCases.count * TunnelEvent.allCases.count)
    }

    @Test(arguments: TunnelTable.rows.filter { $0.action != nil })
    func everyEventDoesWhatTheTableSays(row: TunnelRow) {
        var machine = TunnelFixture.machine(in: row.phase)
        let action = TunnelFixture.put(row.event, to: &machine)
        #expect(action.words == row.action)
        let next = TunnelFixture.phase(of: machine)
        #expect(next == row.next)
    }

    /// Frames before the upgrade, and a second upgrade, can only be our own mistake.
    @Test(arguments: TunnelTable.rows.filter { $0.action == nil })
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
        #expect(broken.words == "break E: too large")
        let start = Malformed(reason: "no command", execID: "e")
        let noted = machine.received(.malformed(start), now: TunnelFixture.start)
        #expect(noted.words == "note malformed no command")
    }

    // MARK: Before the welcome

    @Test func aControllerThatTalksInsteadOfWelcomingEndsTheSession() {
        let frames: [InboundFrame] = [
            .ping(timestamp: nil), .unknown(type: "dd:later"), .malformed(Malformed(reason: "odd", requestID: "r")),
            TunnelFixture.request("r"), .pong(timestamp: nil), .execInput(execID: "e", ByteBuffer(string: "x")),
        ]
        for frame in frames {
            var machine = TunnelFixture.machine(in: .greeting)
            for _ in 0..<TunnelMachine.maximumGreetingFrames {
                let action = machine.received(frame, now: TunnelFixture.start)
                #expect(!action.words.hasPrefix("close"), "\(frame)")
            }
            let last = machine.received(frame, now: TunnelFixture.start)
            #expect(last.words.hasSuffix("more than 32 frames before the welcome"), "\(frame)")
        }
    }

    @Test func webSocketPingsBeforeTheWelcomeCountToo() {
        var machine = TunnelFixture.machine(in: .greeting)
        for _ in 0..<TunnelMachine.maximumGreetingFrames { _ = machine.pinged(ByteBuffer()) }
        let last = machine.pinged(ByteBuffer())
        #expect(last.words.hasSuffix("more than 32 frames before the welcome"))
    }

    @Test func theWelcomeMayComeAfterAFewOtherFrames() {
        var machine = TunnelFixture.machine(in: .greeting)
        for _ in 0..<TunnelMachine.maximumGreetingFrames { _ = machine.pinged(ByteBuffer()) }
        let welcome = machine.received(.welcome(Welcome()), now: TunnelFixture.start)
        #expect(welcome.words == "welcomed by nobody")
    }

    // MARK: Streams

    @Test func theHundredAndFirstRequestIsRefused() {
        var machine = Self.live()
        for index in 1...100 { machine.opened(request: "R\(index)", id: "r\(index)") }
        let refused = machine.received(TunnelFixture.request("r101"), now: TunnelFixture.start)
        #expect(refused.words == "refuse r101: agent busy: too many concurrent requests")
        machine.ended(requestID: "r50")
        let accepted = machine.received(TunnelFixture.request("r101"), now: TunnelFixture.start)
        #expect(accepted.words == "begin r101")
    }

    @Test func theHundredAndFirstSessionIsRefused() {
        var machine = Self.live()
        for index in 1...100 { machine.opened(exec: "E\(index)", id: "e\(index)") }
        let refused = machine.received(TunnelFixture.execStart("e101"), now: TunnelFixture.start)
        #expect(refused.words == "refuse exec e101: session limit reached")
        let request = machine.received(TunnelFixture.request("r1"), now: TunnelFixture.start)
        #expect(request.words == "begin r1", "sessions do not count as requests")
        machine.ended(execID: "e1")
        let accepted = machine.received(TunnelFixture.execStart("e101"), now: TunnelFixture.start)
        #expect(accepted.words == "begin exec e101")
    }

    @Test func aSecondRequestUnderALiveIDIsRefused() {
        var machine = TunnelFixture.machine(in: .live)
        let second = machine.received(TunnelFixture.request("r1"), now: TunnelFixture.start)
        #expect(second.words == "refuse r1: duplicate requestId")
        machine.ended(requestID: "r1")
        let later = machine.received(TunnelFixture.request("r1"), now: TunnelFixture.start)
        #expect(later.words == "begin r1")
    }

    @Test func aSecondSessionUnderALiveIDIsDropped() {
        var machine = TunnelFixture.machine(in: .live)
        let second = machine.received(TunnelFixture.execStart("e1"), now: TunnelFixture.start)
        #expect(second.words == "ignored exec_start with a live execId")
    }

    @Test func theEchoOfOurOwnExecEndIsIgnored() {
        var machine = TunnelFixture.machine(in: .live)
        machine.ended(execID: "e1")
        let echo = machine.received(.execEnd(execID: "e1"), now: TunnelFixture.start)
        #expect(echo.words == "none")
    }

    @Test func aCancelledStreamIsHandedBackOnce() {
        var machine = TunnelFixture.machine(in: .live)
        let first = machine.received(.streamEnd(requestID: "r1"), now: TunnelFixture.start)
        let second = machine.received(.streamEnd(requestID: "r1"), now: TunnelFixture.start)
        #expect([first.words, second.words] == ["cancel R1", "none"])
    }

    @Test func framesForUnknownIDsChangeNothing() {
        var machine = TunnelFixture.machine(in: .live)
        let frames: [InboundFrame] = [
            .streamEnd(requestID: "x"), .execEnd(execID: "x"), .execInput(execID: "x", ByteBuffer(string: "ls")),
            .execResize(execID: "x", TerminalSize(columns: 1, rows: 1)!),
        ]
        for frame in frames {
            let action = machine.received(frame, now: TunnelFixture.start)
            #expect(action.words == "none", "\(frame)")
        }
        let error = machine.received(.error(PeerError(message: "gone", requestID: "x")), now: TunnelFixture.start)
        #expect(error.words == "note no code: gone")
    }

    @Test func aStreamThatEndedIsNotDroppedAgain() {
        var machine = TunnelFixture.machine(in: .live)
        machine.ended(requestID: "r1")
        machine.ended(execID: "e1")
        let lost = machine.lost("reset", now: TunnelFixture.start)
        #expect(lost.words == "close: connection lost: reset")
    }

    @Test func aStreamOpenedAfterTheShutdownIsForgotten() {
        var machine = TunnelFixture.machine(in: .draining)
        machine.opened(request: "R2", id: "r2")
        let lost = machine.lost("reset", now: TunnelFixture.start)
        #expect(lost.words == "close: shut down")
    }

    @Test func aLiveSessionIsFoundByItsID() {
        var machine = TunnelFixture.machine(in: .live)
        let found = [machine.exec("e1"), machine.exec("r1")]
        #expect(found == ["E1", nil])
        _ = machine.lost("reset", now: TunnelFixture.start)
        let gone = machine.exec("e1")
        #expect(gone == nil)
    }

    private static func live() -> TunnelMachine {
        var machine = TunnelFixture.machine(in: .greeting)
        _ = machine.received(.welcome(Welcome()), now: TunnelFixture.start)
        return machine
    }
}
