import Auth
import Base
import DockerBridge
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Support

@testable import LocalServer

/// A listener on a Unix socket before a fake engine.
final class ListenerBench: Sendable {
    static let token = "right-token"

    let engine: FakeEngine
    let path: String

    /// Routes beside those for health and info; called on the dispatcher's event loop.
    typealias Groups = @Sendable (NIOLoopBound<RequestDispatcher>) throws -> [any RouteGroup]

    static func run(
        timeout: TimeAmount? = .minutes(5),
        prepare: @Sendable (inout ListenerSettings) -> Void = { _ in },
        token: String? = ListenerBench.token,
        browsers: BrowserGuard = BrowserGuard(.anything),
        policy: PolicyKeeper? = nil,
        groups: @escaping Groups = { _ in [] },
        answer: @escaping FakeEngine.Answer,
        _ body: @escaping @Sendable (ListenerBench) async throws -> Void
    ) async throws {
        let folder = "/tmp/lookout-lst-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = try await FakeEngine.listening(at: "\(folder)/engine", answer: answer)
        let bench = ListenerBench(engine: engine, path: "\(folder)/listener")
        var settings = ListenerSettings(address: .unix(path: bench.path))
        settings.drainTimeout = .seconds(1)
        // A test that is about none of these may take as long as it needs.
        settings.headTimeout = .minutes(5)
        settings.lingerTimeout = .minutes(5)
        prepare(&settings)
        let listener = try await bench.listener(settings, token, browsers, policy, timeout: timeout, groups)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let services = ServiceGroup(services: [listener], logger: quiet)
        let running = Task { try await services.run() }
        try await bench.waitUntilListening()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(bench))
        } catch {
            result = .failure(error)
        }
        await services.triggerGracefulShutdown()
        try await running.value
        // A test may have stopped it.
        try? await engine.stop()
        try result.get()
    }

    private init(engine: FakeEngine, path: String) {
        self.engine = engine
        self.path = path
    }

    private func listener(
        _ settings: ListenerSettings,
        _ token: String?,
        _ browsers: BrowserGuard,
        _ policy: PolicyKeeper?,
        timeout: TimeAmount?,
        _ groups: @escaping Groups
    ) async throws -> Listener {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let address = EngineAddress(.unix(path: self.engine.socketPath))
        let dispatcher = try await eventLoop.submit {
            var limits = RequestDispatcher.Limits()
            limits.requestTimeout = timeout
            limits.policy = policy
            let client = try EngineClient(address: address, eventLoop: eventLoop)
            return NIOLoopBound(RequestDispatcher(client: client, limits: limits), eventLoop: eventLoop)
        }.get()
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let own = try await eventLoop.submit { try groups(dispatcher) }.get()
        return try Listener(
            settings: settings,
            group: group,
            dispatchers: [dispatcher],
            gate: Self.gate(token: token, browsers: browsers),
            health: AgentHealth(
                mode: .standard,
                version: "1",
                startedAt: .now,
                isEngineReachable: { true },
                controller: { .notApplicable },
                status: { ByteBuffer() }
            ),
            info: AgentInfo(
                hostname: "h",
                agentID: "i",
                agentName: "n",
                capabilities: ["exec"],
                engineVersion: { nil }
            ),
            groups: own,
            logger: quiet
        )
    }

    /// Lets in who shows the token.
    static func gate(token: String? = ListenerBench.token, browsers: BrowserGuard = BrowserGuard(.anything)) -> AuthGate
    {
        let authenticator = Authenticator(
            token: token.map { .plain(SHA256Digest(of: $0)) },
            keys: nil,
            limits: AttemptLimits(),
            replay: ReplayMemory(ReplayGuard(startedAt: UnixTime(seconds: 0)))
        )
        return AuthGate(authenticator: authenticator, proxies: .none, browsers: browsers, trail: nil)
    }

    private func waitUntilListening() async throws {
        try await until { (try? await self.connect())?.close() != nil }
    }

    func connect() async throws -> ListenerClient { try await ListenerClient(self.path) }

    /// Sends a request that the answer ends, and returns all of it.
    func say(_ request: String) async throws -> String {
        let client = try await self.connect()
        client.write(request)
        return try await client.everything()
    }

    /// A POST with the token; the answer ends the connection.
    static func post(_ target: String, _ body: String) -> String {
        "POST \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Self.token)\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A GET with the token.
    static func get(_ target: String, _ fields: String = "Connection: close\r\n") -> String {
        "GET \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Self.token)\r\n\(fields)\r\n"
    }
}

extension Listener: Service {}

/// A client that sees bytes.
final class ListenerClient: Sendable {
    private let channel: any Channel
    private let pieces: Mailbox<String?>

    init(_ path: String) async throws {
        let pieces = Mailbox<String?>()
        self.pieces = pieces
        self.channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Pieces(pieces))
                }
            }
            .connect(unixDomainSocketPath: path).get()
    }

    func write(_ text: String) { self.channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
    func write(_ bytes: ByteBuffer) async throws { try await self.channel.writeAndFlush(bytes) }
    func closeOutput() async throws { try await self.channel.close(mode: .output) }
    func close() { self.channel.close(promise: nil) }

    /// What comes up to and with `text`.
    func received(upTo text: String) async throws -> String {
        var all = ""
        while !all.contains(text), let piece = try await self.pieces.next() { all += piece }
        return all
    }

    /// What comes until the other side closes.
    func everything() async throws -> String {
        var all = ""
        while let piece = try await self.pieces.next() { all += piece }
        self.close()
        return all
    }

    private final class Pieces: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let pieces: Mailbox<String?>
        private var isOver = false

        init(_ pieces: Mailbox<String?>) { self.pieces = pieces }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.pieces.put(String(buffer: self.unwrapInboundIn(data)))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .some(.inputClosed) = event as? ChannelEvent { self.end() }
        }

        func channelInactive(context: ChannelHandlerContext) { self.end() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func end() {
            if !self.isOver { self.pieces.put(nil) }
            self.isOver = true
        }
    }
}
