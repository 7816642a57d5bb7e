import Auth
import Logging
import NIOCore
import NIOEmbedded
import Support

@testable import DockerBridge
@testable import LocalServer

/// One door on a virtual loop, its clients, and a fake engine: nothing happens but in `run`, and time passes only in `pass`.
///
/// Concurrency: the test's thread.
final class EmbeddedBench {
    let loop = EmbeddedEventLoop()
    let engine = FakeEngine()
    private(set) var door: Door!
    private let answer: FakeEngine.Answer
    private var clients: [EmbeddedClient] = []
    private var engineEnds: [EngineLink] = []

    /// - Parameter groups: routes of the agent's own.
    init(
        groups: [any RouteGroup] = [],
        prepare: (inout ListenerSettings) -> Void = { _ in },
        answer: @escaping FakeEngine.Answer
    ) {
        self.answer = answer
        var settings = ListenerSettings(address: .unix(path: "/embedded"))
        prepare(&settings)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let client = EngineClient(eventLoop: self.loop) { [unowned self] in self.connect($0) }
        self.door = Door(
            dispatcher: RequestDispatcher(client: client),
            gate: ListenerBench.gate(),
            routes: AgentRoutes(groups: groups),
            settings: settings,
            load: ListenerLoad(maximumConnections: settings.maximumConnections),
            logger: quiet
        )
    }

    func connect(from address: SocketAddress? = nil) throws -> EmbeddedClient {
        let socket = try EmbeddedSocket.connected(on: self.loop, address: address) { channel in
            try channel.pipeline.syncOperations.addHandler(ConnectionHandler(door: self.door))
        }
        let client = EmbeddedClient(socket, bench: self)
        self.clients.append(client)
        return client
    }

    /// Lets everything happen that can happen now.
    func run() throws {
        var goesOn = true
        while goesOn {
            self.loop.run()
            goesOn = false
            for client in self.clients where try client.move() { goesOn = true }
            for end in self.engineEnds where try end.move() { goesOn = true }
        }
    }

    func pass(_ time: TimeAmount) throws {
        try self.run()
        self.loop.advanceTime(by: time)
        try self.run()
    }

    private func connect(_ prepare: @Sendable (any Channel) throws -> Void) -> EventLoopFuture<any Channel> {
        do {
            let link = try EngineLink(self.loop, handler: self.engine.handler(answer: self.answer), prepare)
            self.engineEnds.append(link)
            return self.loop.makeSucceededFuture(link.agent.channel)
        } catch {
            return self.loop.makeFailedFuture(error)
        }
    }
}

/// A client of an `EmbeddedBench`.
final class EmbeddedClient {
    let socket: EmbeddedSocket
    private unowned let bench: EmbeddedBench
    /// All that has come.
    private(set) var text = ""

    init(_ socket: EmbeddedSocket, bench: EmbeddedBench) {
        self.socket = socket
        self.bench = bench
    }

    /// Whether the agent has said its last word.
    var hasHeardTheEnd: Bool { self.socket.isOutputClosed || !self.socket.isOpen }

    /// Sends `text` in one piece, and lets everything happen that follows.
    func say(_ text: String) throws { try self.say(ByteBuffer(string: text)) }

    func say(_ bytes: ByteBuffer) throws {
        self.socket.send(bytes)
        try self.bench.run()
    }

    fileprivate func move() throws -> Bool {
        let isDelivered = self.socket.deliver()
        let bytes = try self.socket.take()
        self.text += String(buffer: bytes)
        return isDelivered || bytes.readableBytes > 0
    }
}

/// A connection between the agent and the fake engine.
private final class EngineLink {
    let agent: EmbeddedSocket
    private let engine: EmbeddedChannel

    init(
        _ loop: EmbeddedEventLoop,
        handler: any ChannelHandler,
        _ prepare: @Sendable (any Channel) throws -> Void
    ) throws {
        self.engine = EmbeddedChannel(handler: handler, loop: loop)
        self.agent = try .connected(on: loop, address: nil) { try prepare($0) }
        self.engine.connect(to: try SocketAddress(unixDomainSocketPath: "/engine"), promise: nil)
    }

    func move() throws -> Bool {
        var hasMoved = self.agent.deliver()
        let request = try self.agent.take()
        if request.readableBytes > 0, self.engine.isActive {
            self.engine.pipeline.fireChannelRead(request)
            hasMoved = true
        }
        while let answer = try self.engine.readOutbound(as: ByteBuffer.self) {
            self.agent.send(answer)
            hasMoved = true
        }
        if self.engine.isActive, !self.agent.isOpen || self.agent.isOutputClosed {
            self.engine.close(promise: nil)
            hasMoved = true
        }
        return hasMoved
    }
}
