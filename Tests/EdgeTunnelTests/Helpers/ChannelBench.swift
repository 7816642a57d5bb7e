import DockerBridge
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeTunnel

/// A handler on a channel without a network; the engine's socket does not exist.
struct ChannelBench {
    let channel = EmbeddedChannel()
    let handler: TunnelChannel
    let welcomed: Settled<Welcome>
    let ended: Settled<TunnelEnd>
    let monitor = TunnelMonitor()
    let memory: MemoryBudget
    private let turns: LoopTurns

    init(
        limits tunnelLimits: TunnelLimits = TunnelLimits(welcome: .seconds(30), heartbeat: .seconds(30)),
        suspendWatch: SuspendWatch = SuspendWatch(),
        memory: Int = MemoryBudget.defaultLimit
    ) throws {
        let loop = self.channel.embeddedEventLoop
        let client = try EngineClient(
            address: EngineAddress(.unix(path: "/nowhere")),
            eventLoop: loop
        )
        let welcomed = loop.makePromise(of: Welcome.self)
        let ended = loop.makePromise(of: TunnelEnd.self)
        self.welcomed = Settled(welcomed.futureResult)
        self.ended = Settled(ended.futureResult)
        var limits = RequestDispatcher.Limits()
        limits.memory = memory
        let dispatcher = RequestDispatcher(client: client, limits: limits)
        self.memory = dispatcher.memory
        self.turns = dispatcher.turns
        self.handler = TunnelChannel(
            limits: tunnelLimits,
            hello: { $0.writeString("hello!") },
            dispatcher: dispatcher,
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
        var found = try self.channel.readOutbound(as: ByteBuffer.self)
        while found == nil, !self.turns.isIdle {
            self.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            found = try self.channel.readOutbound(as: ByteBuffer.self)
        }
        guard var bytes = found else { return nil }
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

    /// While stopped the channel takes nothing.
    func stop() {
        self.channel.isWritable = false
    }

    func go() {
        self.channel.isWritable = true
        self.channel.pipeline.fireChannelWritabilityChanged()
        self.channel.embeddedEventLoop.run()
    }

    /// What waits for the channel.
    var queuedBytes: Int { self.handler.report().queuedBytes }

    /// One unmasked frame in its shortest form.
    static func frame(opcode: UInt8 = 1, _ text: String) -> [UInt8] {
        let payload = Array(text.utf8)
        let length: [UInt8] =
            payload.count < 126
            ? [UInt8(payload.count)] : [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        return [0x80 | opcode] + length + payload
    }

    /// Takes all that was sent, `opcode text` each.
    func allSent() throws -> [String] {
        var frames: [String] = []
        while let frame = try self.sent() { frames.append(frame) }
        return frames
    }
}
