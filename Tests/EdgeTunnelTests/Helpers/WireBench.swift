import DockerBridge
import Foundation
import Glibc
import Logging
import NIOCore
import NIOPosix
import Support
import Testing
import Trail

@testable import EdgeTunnel

/// A welcomed tunnel on real connections: at one end a controller made of bytes, at the other a fake engine.
final class WireBench: Sendable {
    struct Settings: Sendable {
        /// No pings of ours, and a controller may stop reading: a test counts frames, however long it takes.
        var limits = TunnelLimits(
            welcome: .hours(1),
            heartbeat: .hours(1),
            firstPing: .hours(1),
            stuck: .hours(1)
        )
        /// An answer may take longer than the time limit of a test.
        var engine = {
            var limits = RequestDispatcher.Limits()
            limits.requestTimeout = .minutes(5)
            return limits
        }()
        /// Whether the engine takes what it is sent.
        var engineReads = true
        /// What the agent answers itself.
        var endpoints: [any OwnEndpoint] = []
        /// Where it is written down what the controller does.
        var trail: AuditTrail?
        /// What the welcome names; `nil` is a controller without a limit for streams.
        var drydockVersion: String?
        /// What the welcome lists; `nil` is an older controller.
        var capabilities: [String]?
    }

    let engine: FakeEngine
    /// What the agent sent, hello excepted.
    let frames = Mailbox<ClientFrame>()
    /// How the session ended.
    let ended: EventLoopFuture<TunnelEnd>
    let dispatcher: NIOLoopBound<RequestDispatcher>
    private let client: NIOLoopBound<EngineClient>
    private let group: MultiThreadedEventLoopGroup
    private let peer: any Channel
    private let tunnel: NIOLoopBound<TunnelChannel>

    static func run(
        _ settings: Settings = Settings(),
        answer: @escaping FakeEngine.Answer,
        _ body: (WireBench) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("wire-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = try await FakeEngine.listening(
            at: "\(folder)/s",
            reads: settings.engineReads,
            answer: answer
        )
        let bench = try await WireBench(settings, engine: engine)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(bench))
        } catch {
            result = .failure(error)
        }
        try await bench.stop()
        try await engine.stop()
        try result.get()
    }

    private init(_ settings: Settings, engine: FakeEngine) async throws {
        self.engine = engine
        // A loop of its own: a test may hold the tunnel up and still move both ends.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        self.group = group
        let frames = self.frames
        let accepted = loop.makePromise(of: (any Channel).self)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ControllerEnd(frames: frames, accepted: accepted))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        let channel = try await ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.tcpOption(OriginDialer.notSentLowWater), value: .init(OriginDialer.unsentBytes))
            .channelOption(.writeBufferWaterMark, value: OriginDialer.channelBytes)
            .connect(to: listener.localAddress!)
            .get()
        self.peer = try await accepted.futureResult.get()
        try await listener.close()
        let welcomed = loop.makePromise(of: Welcome.self)
        let ended = loop.makePromise(of: TunnelEnd.self)
        self.ended = ended.futureResult
        let address = EngineAddress(.unix(path: engine.socketPath))
        let controller = try ControllerAddress(parsing: "https://controller.example")
        let parts = try await loop.submit {
            let client = try EngineClient(address: address, eventLoop: loop)
            let dispatcher = RequestDispatcher(client: client, limits: settings.engine)
            let handler = TunnelChannel(
                limits: settings.limits,
                hello: { $0.writeString("hello") },
                dispatcher: dispatcher,
                endpoints: settings.endpoints,
                audit: settings.trail.map { TunnelAudit(trail: $0, controller: controller) },
                monitor: TunnelMonitor(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                welcomed: welcomed,
                ended: ended
            )
            try channel.pipeline.syncOperations.addHandler(handler)
            return (
                NIOLoopBound(client, eventLoop: loop), NIOLoopBound(dispatcher, eventLoop: loop),
                NIOLoopBound(handler, eventLoop: loop)
            )
        }.get()
        (self.client, self.dispatcher, self.tunnel) = parts
        _ = try await self.frames.next()
        let version = settings.drydockVersion.map { #""drydockVersion":"\#($0)""# } ?? ""
        let list = settings.capabilities.map { #","capabilities":\#($0)"# } ?? ""
        self.send(#"{"type":"welcome","data":{"config":{\#(version)}\#(list)}}"#)
        _ = try await welcomed.futureResult.get()
    }

    private func stop() async throws {
        // Reset: behind what a tunnel does not read it would not hear of a close.
        let reset = linger(l_onoff: 1, l_linger: 0)
        try? await (self.peer as? any SocketOptionProvider)?.setSoLinger(reset).get()
        try? await self.peer.close()
        _ = try await self.ended.get()
        try await self.client.eventLoop.submit { self.client.value.shutDown() }.get()
        try await self.group.shutdownGracefully()
    }

    // MARK: The controller's side

    /// Sends one whole text message.
    func send(_ text: String) {
        self.send(frame: 0x81, ByteBuffer(string: text))
    }

    /// Sends one WebSocket frame; `start` is its first byte.
    func send(frame start: UInt8, _ payload: ByteBuffer) {
        var bytes = ByteBuffer(bytes: [start])
        switch payload.readableBytes {
        case ...125: bytes.writeInteger(UInt8(payload.readableBytes))
        case ...0xffff: bytes.writeMultipleIntegers(UInt8(126), UInt16(payload.readableBytes))
        default: bytes.writeMultipleIntegers(UInt8(127), UInt64(payload.readableBytes))
        }
        bytes.writeImmutableBuffer(payload)
        self.peer.writeAndFlush(bytes, promise: nil)
    }

    /// - Parameter members: what follows the path, with its comma.
    func request(_ id: String, _ path: String, method: String = "GET", _ members: String = "") {
        self.send(
            #"{"type":"request","data":{"requestId":"\#(id)","method":"\#(method)","path":"\#(path)"\#(members)}}"#
        )
    }

    /// The text of the next frame.
    func next() async throws -> String {
        try await self.frames.next().text
    }

    /// Takes the next frame and compares its text.
    func says(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let next = try await self.next()
        #expect(next == text, sourceLocation: sourceLocation)
    }

    func says(containing part: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let next = try await self.next()
        #expect(next.contains(part), "\(next)", sourceLocation: sourceLocation)
    }

    func says(beginning part: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let next = try await self.next()
        #expect(next.hasPrefix(part), "\(next)", sourceLocation: sourceLocation)
    }

    /// Asks for a sign of life. Frames are handled in order: behind its answer all that was sent before has been taken.
    func isAnswered(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        self.send(#"{"type":"ping","data":{}}"#)
        try await self.says(containing: "pong", sourceLocation: sourceLocation)
    }

    /// Stops or starts taking what the agent sends.
    func setReading(_ isReading: Bool) async throws {
        try await self.peer.setOption(.autoRead, value: isReading).get()
    }

    func hangUp() async throws {
        try await self.peer.close()
    }

    // MARK: The agent's side

    func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (TunnelChannel, RequestDispatcher) -> Value
    ) async throws -> Value {
        try await self.tunnel.eventLoop.submit { body(self.tunnel.value, self.dispatcher.value) }.get()
    }
}

/// Cuts the controller's bytes into frames.
private final class ControllerEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let frames: Mailbox<ClientFrame>
    private let accepted: EventLoopPromise<any Channel>
    private var received = ByteBuffer()

    init(frames: Mailbox<ClientFrame>, accepted: EventLoopPromise<any Channel>) {
        self.frames = frames
        self.accepted = accepted
    }

    func channelActive(context: ChannelHandlerContext) {
        self.accepted.succeed(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.received.writeImmutableBuffer(self.unwrapInboundIn(data))
        while let frame = ClientFrame.take(from: &self.received) { self.frames.put(frame) }
        self.received.discardReadBytes()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
