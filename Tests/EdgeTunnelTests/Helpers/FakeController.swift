import Auth
import DockerBridge
import Drydock
import NIOCore
import NIOPosix
import Support
import Synchronization

@testable import EdgeTunnel

/// A controller on a loopback port that treats each upgrade as its test says.
final class FakeController: Sendable {
    /// What one upgrade gets.
    enum Manners: Sendable {
        /// Reads and says nothing.
        case silent
        /// Welcomes on the path of this dialect and says nothing on another, as a Drydock does on a path it does not know.
        case speaking(Dialect)
        /// This status line and fields in answer to the upgrade, then the end.
        case refusing(String)
        /// Upgrades, hears the hello, and says this frame.
        case answering(String)
        /// Upgrades and never says a word.
        case speechless
        /// Upgrades and is gone.
        case vanishing
        /// Upgrades, welcomes, and closes with this code at once.
        case leaving(code: UInt16)
        /// Upgrades, welcomes, says these frames, and closes a moment later, whatever became of them.
        case asking([String])
    }

    static let welcome = #"{"type":"welcome","data":{"pollInterval":300,"config":{}}}"#

    static func error(_ code: String) -> Manners {
        .answering(#"{"type":"error","data":{"code":"\#(code)","message":"no"}}"#)
    }

    private let channel: any Channel
    private let shared: Shared

    /// - Parameter manners: of the upgrades in their order; the last one counts for all that follow.
    static func listening(_ manners: Manners...) async throws -> FakeController {
        let shared = Shared(manners: manners)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FakeControllerHandler(shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FakeController(channel: channel, shared: shared)
    }

    private init(channel: any Channel, shared: Shared) {
        self.channel = channel
        self.shared = shared
    }

    var url: String { "ws://127.0.0.1:\(self.channel.localAddress?.port ?? 0)" }

    /// The path of the next upgrade that came.
    func nextUpgrade() async throws -> String { try await self.shared.upgrades.next() }

    /// The next frame that an agent said; a close frame as `close CODE`.
    func nextFrame() async throws -> String { try await self.shared.frames.next() }

    /// The agent's close frame. What comes before it, such as a ping on a slow machine, does not matter.
    func closeFrame() async throws -> String {
        while true {
            let frame = try await self.nextFrame()
            if frame.hasPrefix("close") { return frame }
        }
    }

    func stop() async throws { try await self.channel.close() }

    final class Shared: Sendable {
        private let manners: [Manners]
        private let count = Atomic(0)
        let upgrades = Mailbox<String>()
        let frames = Mailbox<String>()

        init(manners: [Manners]) {
            self.manners = manners
        }

        func next() -> Manners {
            let number = self.count.wrappingAdd(1, ordering: .relaxed).oldValue
            return self.manners[min(number, self.manners.count - 1)]
        }
    }
}

/// One connection to a `FakeController`.
private final class FakeControllerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let shared: FakeController.Shared
    /// Chosen once somebody asks for an upgrade: who only looks whether we are here changes nothing.
    private lazy var manners = self.shared.next()
    private var received = ByteBuffer()
    private var isUpgraded = false

    init(_ shared: FakeController.Shared) {
        self.shared = shared
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.received.writeBuffer(&bytes)
        if !self.isUpgraded {
            guard let head = self.readHead() else { return }
            self.answer(head, context)
        }
        while self.isUpgraded, let frame = self.readFrame() {
            self.shared.frames.put(frame)
            if frame.hasPrefix("{\"type\":\"hello\"") { self.greet(context) }
        }
    }

    private func readHead() -> [Substring]? {
        let text = String(buffer: self.received)
        guard text.hasSuffix("\r\n\r\n") else { return nil }
        self.received.clear()
        return text.split(separator: "\r\n")
    }

    private func answer(_ head: [Substring], _ context: ChannelHandlerContext) {
        let path = String(head[0].split(separator: " ")[1])
        self.shared.upgrades.put(path)
        switch self.manners {
        case .silent: break
        case .speaking(let dialect) where path != dialect.path: break
        case .refusing(let answer):
            self.say(ByteBuffer(string: "HTTP/1.1 \(answer)\r\nContent-Length: 0\r\n\r\n"), context)
        case .speaking, .answering, .speechless, .vanishing, .leaving, .asking:
            self.isUpgraded = true
            let mark = "Sec-WebSocket-Key: "
            let key = head.first { $0.hasPrefix(mark) }?.dropFirst(mark.count) ?? ""
            let accept = HandshakeKey(text: String(key)).accept
            let answer = "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade"
            self.say(ByteBuffer(string: "HTTP/1.1 \(answer)\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n"), context)
            if case .vanishing = self.manners { context.close(promise: nil) }
        }
    }

    private func greet(_ context: ChannelHandlerContext) {
        switch self.manners {
        case .silent, .refusing, .speechless, .vanishing: break
        case .speaking: self.say(Self.frame(opcode: 0x81, Array(FakeController.welcome.utf8)), context)
        case .answering(let frame): self.say(Self.frame(opcode: 0x81, Array(frame.utf8)), context)
        case .leaving(let code):
            self.say(Self.frame(opcode: 0x81, Array(FakeController.welcome.utf8)), context)
            self.sayGoodbye(code, context)
        case .asking(let frames):
            for frame in [FakeController.welcome] + frames {
                self.say(Self.frame(opcode: 0x81, Array(frame.utf8)), context)
            }
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(3)) { self.sayGoodbye(1001, context) }
        }
    }

    private func sayGoodbye(_ code: UInt16, _ context: ChannelHandlerContext) {
        self.say(Self.frame(opcode: 0x88, [UInt8(code >> 8), UInt8(code & 0xff)]), context)
    }

    private func say(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
    }

    /// An unmasked frame, as servers send them.
    private static func frame(opcode: UInt8, _ payload: [UInt8]) -> ByteBuffer {
        guard payload.count >= 126 else { return ByteBuffer(bytes: [opcode, UInt8(payload.count)] + payload) }
        return ByteBuffer(bytes: [opcode, 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)] + payload)
    }

    private func readFrame() -> String? {
        let start = self.received.readerIndex
        guard let (opcode, short) = self.received.readMultipleIntegers(as: (UInt8, UInt8).self) else { return nil }
        var length = Int(short & 0x7f)
        if length == 126 { length = self.received.readInteger(as: UInt16.self).map(Int.init) ?? .max }
        guard length < 1 << 20, self.received.readableBytes >= length + 4,
            let mask = self.received.readBytes(length: 4), let masked = self.received.readBytes(length: length)
        else {
            self.received.moveReaderIndex(to: start)
            return nil
        }
        let payload = masked.enumerated().map { $1 ^ mask[$0 % 4] }
        if opcode & 0xf == 8 { return "close \(payload.count < 2 ? 0 : Int(payload[0]) << 8 | Int(payload[1]))" }
        return String(decoding: payload, as: UTF8.self)
    }
}
