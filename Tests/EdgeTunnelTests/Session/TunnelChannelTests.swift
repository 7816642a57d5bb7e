import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeTunnel

@Suite struct TunnelChannelTests {
    @Test func theHelloIsTheFirstAndOnlyFrameBeforeTheWelcome() throws {
        let bench = try ChannelBench()
        #expect(try bench.sent() == "1 hello!")
        #expect(try bench.sent() == nil)
        try bench.receive(#"{"type":"request","data":{"requestId":"r","method":"GET","path":"/info"}}"#)
        #expect(try bench.sent() == nil)
    }

    @Test(arguments: ["1700000000123", "1.5", #""x""#])
    func aPingIsAnsweredWithItsOwnTimestamp(timestamp: String) throws {
        let bench = try ChannelBench()
        try bench.welcome()
        try bench.receive(#"{"type":"ping","data":{"timestamp":\#(timestamp)}}"#)
        #expect(try bench.sent() == #"1 {"type":"pong","data":{"timestamp":\#(timestamp)}}"#)
    }

    /// Not only when the time for the welcome would have been over.
    @Test func theFirstPingFollowsTheWelcomeSoon() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        bench.channel.embeddedEventLoop.advanceTime(by: TunnelLimits(welcome: .zero, heartbeat: .zero).firstPing)
        #expect(try bench.sent()?.hasPrefix(#"1 {"type":"ping","data":{"timestamp":"#) == true)
    }

    @Test func aWebSocketPingIsAnsweredWithItsPayload() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        try bench.receive(opcode: 9, "are you there")
        #expect(try bench.sent() == "10 are you there")
    }

    @Test func anIllFormedRequestIsAnsweredWithAnError() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        try bench.receive(#"{"type":"request","data":{"requestId":"r","method":"GET","path":"info"}}"#)
        #expect(
            try bench.sent()
                == #"1 {"type":"error","data":{"message":"path must start with a slash","requestId":"r"}}"#
        )
        try bench.receive(#"{"type":"request","data":{"requestId":"r","path":"/info"}}"#)
        #expect(
            try bench.sent()
                == #"1 {"type":"error","data":{"message":"request needs a method and a path","requestId":"r"}}"#
        )
    }

    @Test func anExecThatCannotBeReadIsAnsweredWithItsEnd() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        try bench.receive(#"{"type":"exec_start","data":{"execId":"e","containerId":"..","cmd":["sh"]}}"#)
        #expect(
            try bench.sent()
                == #"1 {"type":"exec_end","data":{"execId":"e","reason":"#
                + #""error: exec_start needs a container id or name"}}"#
        )
    }

    @Test func unknownFramesAndNonsenseDoNoHarm() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        for text in [#"{"type":"dd:later","data":{}}"#, "nonsense", "", "[]", #"{"type":"ping"}"#] {
            try bench.receive(text)
            #expect(try bench.sent() == nil)
        }
        #expect(bench.channel.isActive)
    }

    @Test func anOversizedFrameIsAnsweredForItsIDAndTheLinkLivesOn() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        var payload = ByteBuffer(string: #"{"type":"request","data":{"requestId":"big","body":""#)
        payload.writeRepeatingByte(UInt8(ascii: "x"), count: WebSocketReader.Limits.live.messageBytes)
        try bench.receive(payload)
        let answer = try #require(try bench.sent())
        #expect(answer.hasPrefix(#"1 {"type":"error","data":{"message":"frame of "#))
        #expect(answer.hasSuffix(#""requestId":"big"}}"#))
        try bench.receive(#"{"type":"ping","data":{}}"#)
        #expect(try bench.sent() == #"1 {"type":"pong","data":{}}"#)
    }

    @Test func shuttingDownSaysGoodbyeAndWaitsForThePeersClose() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        bench.handler.shutDown()
        #expect(try bench.sent() == "8 \u{3}\u{fffd}shutdown")
        #expect(bench.channel.isActive)
        try bench.receive(opcode: 8, ByteBuffer(bytes: [0x03, 0xe8]))
        #expect(try bench.ended.wait().end == .shutDown)
        #expect(try bench.sent() == nil, "one close frame is enough")
        #expect(!bench.channel.isActive)
    }

    @Test func aPeerThatClosesIsNamed() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        try bench.receive(opcode: 8, ByteBuffer(bytes: [0x03, 0xe9] + Array("ping timeout".utf8)))
        #expect(try bench.sent() == "8 \u{3}\u{fffd}")
        #expect(try bench.ended.wait().end == .closedByController(code: 1001, reason: "ping timeout"))
        #expect(!bench.channel.isActive)
    }

    @Test func aRejectionEndsTheSessionWithItsCode() throws {
        let bench = try ChannelBench()
        #expect(try bench.sent() == "1 hello!")
        try bench.receive(#"{"type":"error","data":{"message":"unknown key","code":"unknown-key"}}"#)
        #expect(try bench.ended.wait().end == .rejected(code: "unknown-key", message: "unknown key"))
        #expect(throws: TunnelEndedBeforeWelcome.self) { try bench.welcomed.wait() }
    }

    @Test func aBrokenProtocolIsAnsweredWithItsCloseCode() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        try bench.channel.writeInbound(ByteBuffer(bytes: [0xf1, 0x00]))
        #expect(try bench.sent() == "8 \u{3}\u{fffd}protocol error")
        guard case .protocolViolation = try bench.ended.wait().end else {
            Issue.record("ended otherwise")
            return
        }
    }

    @Test func aConnectionThatDropsIsLost() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        bench.channel.pipeline.fireChannelInactive()
        guard case .lost = try bench.ended.wait().end else {
            Issue.record("ended otherwise")
            return
        }
    }

    private final class HostClock {
        var asleep = Duration.zero
    }

    @Test func aHostThatSleptHangsUpWheneverThatIs() throws {
        let clock = HostClock()
        let watch = SuspendWatch { (boot: .seconds(100) + clock.asleep, monotonic: .seconds(100)) }
        let bench = try ChannelBench(suspendWatch: watch)
        try bench.welcome()
        let look = TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(30)).look
        for _ in 0..<3 { bench.channel.embeddedEventLoop.advanceTime(by: look) }
        #expect(bench.channel.isActive)
        clock.asleep = .seconds(600)
        bench.channel.embeddedEventLoop.advanceTime(by: look)
        #expect(!bench.channel.isActive)
        #expect(try bench.ended.wait().end == .suspended)
    }
}
