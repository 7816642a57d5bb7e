import DockerBridge
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeTunnel

@Suite struct TunnelHandlerTests {
    /// A handler on a channel without a network; the engine's socket does not exist.
    private struct Bench {
        let channel = EmbeddedChannel()
        let handler: TunnelHandler
        let welcomed: EventLoopFuture<Welcome>
        let ended: EventLoopFuture<TunnelEnd>
        let monitor = TunnelMonitor()

        init(suspendWatch: SuspendWatch = SuspendWatch()) throws {
            let loop = self.channel.embeddedEventLoop
            let client = try EngineClient(
                address: EngineAddress(.unix(path: "/nowhere")),
                eventLoop: loop
            )
            let welcomed = loop.makePromise(of: Welcome.self)
            let ended = loop.makePromise(of: TunnelEnd.self)
            self.welcomed = welcomed.futureResult
            self.ended = ended.futureResult
            self.handler = TunnelHandler(
                limits: TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(30)),
                hello: { $0.writeString("hello!") },
                dispatcher: RequestDispatcher(client: client),
                monitor: self.monitor,
                suspendWatch: suspendWatch,
                logger: Self.logger,
                welcomed: welcomed,
                ended: ended
            )
            try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try self.channel.pipeline.syncOperations.addHandler(self.handler)
            loop.run()
        }

        private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

        /// Takes the next frame off the wire, unmasked, as `opcode text`.
        func sent() throws -> String? {
            self.channel.embeddedEventLoop.run()
            guard var bytes = try self.channel.readOutbound(as: ByteBuffer.self) else { return nil }
            let first = bytes.readInteger(as: UInt8.self)
            var length = bytes.readInteger(as: UInt8.self).map { Int($0 & 0x7f) }
            if length == 126 { length = bytes.readInteger(as: UInt16.self).map { Int($0) } }
            let maskKey = bytes.readBytes(length: 4)
            let opcode = try #require(first) & 0x0f
            let mask = try #require(maskKey)
            #expect(bytes.readableBytes == length)
            let payload = bytes.readableBytesView
            let text = payload.enumerated().map { $1 ^ mask[$0 % 4] }
            return "\(opcode) \(String(decoding: text, as: UTF8.self))"
        }

        func receive(opcode: UInt8 = 1, _ text: String) throws {
            try self.receive(opcode: opcode, ByteBuffer(string: text))
        }

        func receive(opcode: UInt8 = 1, _ payload: ByteBuffer) throws {
            var bytes = ByteBuffer(bytes: [0x80 | opcode])
            let length = payload.readableBytes
            if length < 126 {
                bytes.writeInteger(UInt8(length))
            } else if length < 65536 {
                bytes.writeInteger(UInt8(126))
                bytes.writeInteger(UInt16(length))
            } else {
                bytes.writeInteger(UInt8(127))
                bytes.writeInteger(UInt64(length))
            }
            bytes.writeImmutableBuffer(payload)
            try self.channel.writeInbound(bytes)
        }

        /// Answers the hello.
        func welcome() throws {
            #expect(try self.sent() == "1 hello!")
            try self.receive(#"{"type":"welcome","data":{"pollInterval":60,"config":{"drydockVersion":"1.6.0"}}}"#)
            #expect(try self.welcomed.wait().drydockVersion == "1.6.0")
        }
    }

    @Test func theHelloIsTheFirstAndOnlyFrameBeforeTheWelcome() throws {
        let bench = try Bench()
        #expect(try bench.sent() == "1 hello!")
        #expect(try bench.sent() == nil)
        try bench.receive(#"{"type":"request","data":{"requestId":"r","method":"GET","path":"/info"}}"#)
        #expect(try bench.sent() == nil)
    }

    @Test(arguments: ["1700000000123", "1.5", #""x""#])
    func aPingIsAnsweredWithItsOwnTimestamp(timestamp: String) throws {
        let bench = try Bench()
        try bench.welcome()
        try bench.receive(#"{"type":"ping","data":{"timestamp":\#(timestamp)}}"#)
        #expect(try bench.sent() == #"1 {"type":"pong","data":{"timestamp":\#(timestamp)}}"#)
    }

    /// Not only when the time for the welcome would have been over.
    @Test func theFirstPingFollowsTheWelcomeSoon() throws {
        let bench = try Bench()
        try bench.welcome()
        bench.channel.embeddedEventLoop.advanceTime(by: TunnelLimits(welcome: .zero, heartbeat: .zero).firstPing)
        #expect(try bench.sent()?.hasPrefix(#"1 {"type":"ping","data":{"timestamp":"#) == true)
    }

    @Test func aWebSocketPingIsAnsweredWithItsPayload() throws {
        let bench = try Bench()
        try bench.welcome()
        try bench.receive(opcode: 9, "are you there")
        #expect(try bench.sent() == "10 are you there")
    }

    @Test func anIllFormedRequestIsAnsweredWithAnError() throws {
        let bench = try Bench()
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
        let bench = try Bench()
        try bench.welcome()
        try bench.receive(#"{"type":"exec_start","data":{"execId":"e","containerId":"..","cmd":["sh"]}}"#)
        #expect(
            try bench.sent()
                == #"1 {"type":"exec_end","data":{"execId":"e","reason":"#
                + #""error: exec_start needs a container id or name"}}"#
        )
    }

    @Test func unknownFramesAndNonsenseDoNoHarm() throws {
        let bench = try Bench()
        try bench.welcome()
        for text in [#"{"type":"dd:later","data":{}}"#, "nonsense", "", "[]", #"{"type":"ping"}"#] {
            try bench.receive(text)
            #expect(try bench.sent() == nil)
        }
        #expect(bench.channel.isActive)
    }

    @Test func anOversizedFrameIsAnsweredForItsIDAndTheLinkLivesOn() throws {
        let bench = try Bench()
        try bench.welcome()
        var payload = ByteBuffer(string: #"{"type":"request","data":{"requestId":"big","body":""#)
        payload.writeRepeatingByte(UInt8(ascii: "x"), count: TunnelHandler.maximumInboundBytes)
        try bench.receive(payload)
        let answer = try #require(try bench.sent())
        #expect(answer.hasPrefix(#"1 {"type":"error","data":{"message":"frame of "#))
        #expect(answer.hasSuffix(#""requestId":"big"}}"#))
        try bench.receive(#"{"type":"ping","data":{}}"#)
        #expect(try bench.sent() == #"1 {"type":"pong","data":{}}"#)
    }

    @Test func shuttingDownSaysGoodbyeAndWaitsForThePeersClose() throws {
        let bench = try Bench()
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
        let bench = try Bench()
        try bench.welcome()
        try bench.receive(opcode: 8, ByteBuffer(bytes: [0x03, 0xe9] + Array("ping timeout".utf8)))
        #expect(try bench.sent() == "8 \u{3}\u{fffd}")
        #expect(try bench.ended.wait().end == .closedByController(code: 1001, reason: "ping timeout"))
        #expect(!bench.channel.isActive)
    }

    @Test func aRejectionEndsTheSessionWithItsCode() throws {
        let bench = try Bench()
        #expect(try bench.sent() == "1 hello!")
        try bench.receive(#"{"type":"error","data":{"message":"unknown key","code":"unknown-key"}}"#)
        #expect(try bench.ended.wait().end == .rejected(code: "unknown-key", message: "unknown key"))
        #expect(throws: TunnelEndedBeforeWelcome.self) { try bench.welcomed.wait() }
    }

    @Test func aBrokenProtocolIsAnsweredWithItsCloseCode() throws {
        let bench = try Bench()
        try bench.welcome()
        try bench.channel.writeInbound(ByteBuffer(bytes: [0xf1, 0x00]))
        #expect(try bench.sent() == "8 \u{3}\u{fffd}protocol error")
        guard case .protocolViolation = try bench.ended.wait().end else {
            Issue.record("ended otherwise")
            return
        }
    }

    @Test func aConnectionThatDropsIsLost() throws {
        let bench = try Bench()
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
        let bench = try Bench(suspendWatch: watch)
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
