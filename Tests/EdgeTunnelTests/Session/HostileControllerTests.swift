import DockerBridge
import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeTunnel

/// Controllers that ask and do not read, send what is not due, or announce what never comes.
@Suite struct HostileControllerTests {
    // MARK: Those that do not read

    /// What a controller may send for ever, and how the answer begins.
    static let floods: [(name: String, frame: [UInt8], answer: String)] = [
        ("WebSocket pings", ChannelBench.frame(opcode: 9, ""), "10 "),
        ("long WebSocket pings", ChannelBench.frame(opcode: 9, String(repeating: "p", count: 125)), "10 p"),
        ("pings", ChannelBench.frame(#"{"type":"ping","data":{"timestamp":1700000000123}}"#), #"1 {"type":"pong""#),
        (
            "refused requests",
            ChannelBench.frame(#"{"type":"request","data":{"requestId":"r","method":"GET","path":"x"}}"#),
            #"1 {"type":"error""#
        ),
        (
            "malformed requests", ChannelBench.frame(#"{"type":"request","data":{"requestId":"r"}}"#),
            #"1 {"type":"error""#
        ),
        (
            "malformed execs", ChannelBench.frame(#"{"type":"exec_start","data":{"execId":"e"}}"#),
            #"1 {"type":"exec_end""#
        ),
        (
            "ids that are too long",
            ChannelBench.frame(#"{"type":"stream_end","data":{"requestId":"\#(String(repeating: "i", count: 300))"}}"#),
            #"1 {"type":"error""#
        ),
        (
            "log requests that cannot be served",
            ChannelBench.frame(#"{"type":"dd:container_log_request","data":{"requestId":"l","containerId":"/"}}"#),
            #"1 {"type":"dd:container_log_response""#
        ),
        (
            "deletes that cannot be served",
            ChannelBench.frame(#"{"type":"dd:container_delete_request","data":{"requestId":"d","containerId":"/"}}"#),
            #"1 {"type":"dd:container_delete_response""#
        ),
    ]

    /// All in one read, so it does not help that the channel is read no more.
    @Test(arguments: Self.floods.indices)
    func whatIsAskedAndNotReadIsBoundedAndAllOfItIsAnswered(index: Int) throws {
        let (name, frame, answer) = Self.floods[index]
        let bench = try ChannelBench()
        try bench.welcome()
        bench.stop()
        let count = 20_000
        var burst = ByteBuffer()
        for _ in 0..<count { burst.writeBytes(frame) }
        try bench.channel.writeInbound(burst)
        bench.channel.embeddedEventLoop.run()
        #expect(bench.queuedBytes > 0)
        #expect(bench.queuedBytes <= OwedAnswers.limit, "\(name)")
        // The 100 requests under way come on top.
        #expect(bench.memory.used <= OwedAnswers.limit + 64 * 1024, "\(name)")
        bench.go()
        let answers = try bench.allSent()
        #expect(answers.count == count, "\(name)")
        #expect(answers.allSatisfy { $0.hasPrefix(answer) }, "\(name)")
        #expect(bench.memory.used == 0)
        #expect(bench.channel.isActive)
    }

    /// Each of them is quickly read, but ten thousand in one piece would keep all others from the loop.
    @Test func manyFramesInOnePieceTakeManyTurns() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        let burst = Array(repeating: ChannelBench.frame(opcode: 9, "p"), count: TunnelInlet.eventsPerTurn * 3).joined()
        try bench.channel.writeInbound(ByteBuffer(bytes: burst))
        let counts = try (0..<4).map { _ in
            bench.channel.embeddedEventLoop.run()
            var count = 0
            while try bench.channel.readOutbound(as: ByteBuffer.self) != nil { count += 1 }
            bench.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            return count
        }
        #expect(counts == [TunnelInlet.eventsPerTurn, TunnelInlet.eventsPerTurn, TunnelInlet.eventsPerTurn, 0])
        #expect(!bench.handler.isReadingPaused)
    }

    /// A controller that says why it leaves, and leaves.
    @Test func whatWaitsForItsTurnIsHeardBeforeTheEnd() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        var burst =
            Array(repeating: ChannelBench.frame(opcode: 9, "p"), count: TunnelInlet.eventsPerTurn * 3).joined() + []
        burst += [0x88, 2, 0x03, 0xe9]
        try bench.channel.writeInbound(ByteBuffer(bytes: burst))
        bench.channel.close(promise: nil)
        guard case .closedByController(let code, _) = try bench.ended.wait().end else {
            Issue.record("ended otherwise")
            return
        }
        #expect(code == 1001)
    }

    /// The kernel holds mebibytes of a flood when its sender leaves.
    @Test func aFloodIsNotReadToItsEndOnceItsSenderHasLeft() throws {
        let channel = EmbeddedChannel()
        let client = try EngineClient(
            address: EngineAddress(.unix(path: "/nowhere")),
            eventLoop: channel.embeddedEventLoop
        )
        let dispatcher = RequestDispatcher(client: client)
        var events = 0
        let inlet = TunnelInlet(
            memory: dispatcher.memory,
            turns: dispatcher.turns,
            outlets: .init(
                event: { _ in events += 1 },
                violation: { _ in },
                makeRoom: { true },
                paused: {},
                resumed: {}
            )
        )
        inlet.attach(channel)
        inlet.read(
            ByteBuffer(bytes: Array(repeating: ChannelBench.frame(opcode: 9, ""), count: 100_000).joined())
        )
        #expect(events == TunnelInlet.eventsPerTurn)
        inlet.end()
        #expect(events == TunnelInlet.eventsPerTurn + TunnelInlet.eventsAtEnd)
        inlet.stop()
    }

    /// A small frame takes far more memory than it has bytes.
    @Test func theNumberOfAnswersIsBoundedToo() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        bench.stop()
        try bench.channel.writeInbound(
            ByteBuffer(bytes: Array(repeating: ChannelBench.frame(opcode: 9, ""), count: 20_000).joined())
        )
        bench.channel.embeddedEventLoop.run()
        #expect(bench.queuedBytes / 6 <= OwedAnswers.limit / OwedAnswers.frameBytes)
    }

    @Test func requestsKeepTheirPlaceUntilTheirAnswersHaveLeft() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        bench.stop()
        for number in 0..<110 {
            try bench.receive(#"{"type":"request","data":{"requestId":"\#(number)","method":"GET","path":"x"}}"#)
        }
        #expect(bench.handler.report().requests == 100)
        bench.go()
        #expect(bench.handler.report().requests == 0)
        let answers = try bench.allSent()
        #expect(answers.count == 110)
        #expect(answers.count { $0.contains("agent busy") } == 10)
        try bench.receive(#"{"type":"request","data":{"requestId":"1","method":"GET","path":"x"}}"#)
        #expect(try bench.sent()?.contains("path must start with a slash") == true)
    }

    /// Cancelling what is already answered gives its place back, so it has to give its memory back too.
    @Test func whatIsAskedAndCancelledAgainAndAgainDoesNotGather() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        bench.stop()
        for _ in 0..<20_000 {
            try bench.receive(#"{"type":"request","data":{"requestId":"r","method":"GET","path":"x"}}"#)
            try bench.receive(#"{"type":"stream_end","data":{"requestId":"r"}}"#)
        }
        #expect(bench.queuedBytes == 0)
        #expect(bench.memory.used == 0)
        #expect(bench.handler.report().requests == 0)
    }

    @Test func aControllerThatIsNotReadIsNotCalledSilent() throws {
        var limits = TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(30))
        limits.stuck = .hours(1)
        let bench = try ChannelBench(limits: limits)
        try bench.welcome()
        bench.stop()
        let burst = Array(repeating: ChannelBench.frame(opcode: 9, ""), count: 20_000).joined()
        try bench.channel.writeInbound(ByteBuffer(bytes: burst))
        bench.channel.embeddedEventLoop.advanceTime(by: .seconds(300))
        #expect(bench.channel.isActive)
    }

    // MARK: Before the welcome

    @Test func moreThanAFewFramesBeforeTheWelcomeEndTheSession() throws {
        let bench = try ChannelBench()
        #expect(try bench.sent() == "1 hello!")
        bench.stop()
        try bench.channel.writeInbound(
            ByteBuffer(bytes: Array(repeating: ChannelBench.frame(opcode: 9, "x"), count: 1000).joined())
        )
        #expect(try bench.ended.wait().end == .protocolViolation("more than 32 frames before the welcome"))
        #expect(bench.memory.used == 0)
        #expect(!bench.channel.isActive)
    }

    @Test func aLongMessageBeforeTheWelcomeEndsTheSession() throws {
        let bench = try ChannelBench()
        #expect(try bench.sent() == "1 hello!")
        try bench.receive(
            ByteBuffer(repeating: UInt8(ascii: "x"), count: WebSocketReader.Limits.greeting.messageBytes + 1)
        )
        #expect(try bench.sent() == "8 \u{3}\u{fffd}protocol error")
        guard case .protocolViolation = try bench.ended.wait().end else {
            Issue.record("ended otherwise")
            return
        }
    }

    // MARK: Messages that never end

    @Test func aMessageThatAnnouncesMoreThanIsSkippedIsClosedWithTooBig() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        var bytes = ByteBuffer(bytes: [0x81, 127])
        bytes.writeInteger(UInt64(1) << 40)
        try bench.channel.writeInbound(bytes)
        #expect(try bench.ended.wait().end == .protocolViolation("message announces 1099511627776 bytes"))
        let sent = try bench.channel.readOutbound(as: ByteBuffer.self)
        var close = try #require(sent)
        let taken = ClientFrame.take(from: &close)
        let frame = try #require(taken)
        #expect(frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt16.self) == 1009)
    }

    @Test func aMessageThatTricklesEndsTheSession() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        try bench.channel.writeInbound(ByteBuffer(bytes: [0x81, 127] + [0, 0, 0, 0, 0, 0x40, 0, 0]))
        for _ in 0..<100 where bench.channel.isActive {
            bench.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            if bench.channel.isActive { try bench.channel.writeInbound(ByteBuffer(string: "x")) }
        }
        #expect(try bench.ended.wait().end == .protocolViolation("a message does not come to its end"))
    }

    // MARK: Memory

    /// The head of a text message of `count` bytes.
    private static func head(_ count: Int) -> ByteBuffer {
        var bytes = ByteBuffer(bytes: [0x81, 127])
        bytes.writeInteger(UInt64(count))
        return bytes
    }

    private static func request(_ count: Int) -> ByteBuffer {
        var bytes = Self.head(count)
        bytes.writeString(#"{"type":"request","data":{"requestId":"big","method":"GET","path":"x","body":""#)
        let rest = count - (bytes.readableBytes - 10) - 3
        bytes.writeRepeatingByte(UInt8(ascii: "b"), count: rest)
        bytes.writeString(#""}}"#)
        return bytes
    }

    @Test func aMessageUnderWayCountsInTheBudget() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        var message = Self.request(1 << 20)
        try bench.channel.writeInbound(message.readSlice(length: 700_000)!)
        #expect(bench.memory.used == 700_000 - 10)
        try bench.channel.writeInbound(message)
        #expect(try bench.sent()?.contains("path must start with a slash") == true)
        #expect(bench.memory.used == 0)
    }

    @Test func aMessageThatTheBudgetNeverHasRoomForIsSkippedAndAnswered() throws {
        let bench = try ChannelBench(memory: 1 << 20)
        try bench.welcome()
        var message = Self.request(600_000)
        while message.readableBytes > 0 {
            let part = message.readSlice(length: min(message.readableBytes, 50_000))!
            try bench.channel.writeInbound(part)
            #expect(bench.memory.used <= 50_000)
        }
        let answer = try bench.sent()
        #expect(answer?.contains("no memory free for a frame of 600000 bytes") == true)
        #expect(answer?.hasSuffix(#""requestId":"big"}}"#) == true)
        try bench.receive(#"{"type":"ping","data":{}}"#)
        #expect(try bench.sent() == #"1 {"type":"pong","data":{}}"#)
    }

    @Test func aMessageWaitsForRoomAndIsSkippedWhenNoneComes() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        bench.memory.change(by: bench.memory.largestShare)
        var message = Self.request(200_000)
        try bench.channel.writeInbound(message.readSlice(length: 100_000)!)
        try bench.channel.writeInbound(message)
        try bench.receive(#"{"type":"ping","data":{}}"#)
        #expect(try bench.sent() == nil, "nothing is read while it waits")
        bench.channel.embeddedEventLoop.advanceTime(by: TunnelInlet.memoryPatience)
        #expect(try bench.sent()?.contains("no memory free for a frame of 200000 bytes") == true)
        #expect(try bench.sent() == #"1 {"type":"pong","data":{}}"#)
        #expect(bench.memory.used == bench.memory.largestShare)
    }

    @Test func aMessageThatWaitsGoesOnWhenThereIsRoom() throws {
        let bench = try ChannelBench()
        try bench.welcome()
        bench.memory.change(by: bench.memory.largestShare)
        var message = Self.request(200_000)
        try bench.channel.writeInbound(message.readSlice(length: 100_000)!)
        try bench.channel.writeInbound(message)
        bench.memory.change(by: -bench.memory.largestShare)
        #expect(try bench.sent()?.contains("path must start with a slash") == true)
        #expect(bench.memory.used == 0)
    }
}
