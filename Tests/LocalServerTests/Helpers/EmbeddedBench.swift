import Auth
import Base
import Logging
import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge
@testable import LocalServer

/// One listener loop on a virtual loop, its clients, and a fake engine: nothing happens but in `run`, and time passes only in `pass`.
///
/// Concurrency: the test's thread.
final class EmbeddedBench {
    let loop = EmbeddedEventLoop()
    let engine = FakeEngine()
    /// The listener loop's dice: evenly spread, and the same in every run.
    private var random = 0.0
    /// Turns of the loop that somebody waited for.
    private(set) var turns = 0
    private(set) var listenerLoop: ListenerLoop!
    private let answer: FakeEngine.Answer
    private var clients: [EmbeddedClient] = []
    private var engineEnds: [EngineLink] = []
    /// Whether the engine takes what it is sent.
    var engineTakes = true {
        didSet { for end in self.engineEnds { end.agent.isTaken = self.engineTakes } }
    }

    /// - Parameters:
    ///   - groups: routes of the agent's own.
    ///   - memory: `MEMORY_BUDGET`.
    init(
        gate: AuthGate = ListenerBench.gate(),
        groups: [any RouteGroup] = [],
        maximumConnections: Int = 4096,
        maximumUpgrades: Int = 100,
        maximumStreams: Int? = nil,
        memory: Int = MemoryBudget.defaultLimit,
        answer: @escaping FakeEngine.Answer = { $1.respond(200) }
    ) {
        self.answer = answer
        var settings = ListenerSettings(address: .unix(path: "/embedded"))
        settings.maximumConnections = maximumConnections
        settings.memoryBudget = memory
        var limits = RequestDispatcher.Limits()
        limits.memory = memory
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let client = EngineClient(eventLoop: self.loop) { [unowned self] in self.connect($0) }
        self.listenerLoop = ListenerLoop(
            dispatcher: RequestDispatcher(client: client, limits: limits),
            gate: gate,
            routes: AgentRoutes(groups: groups),
            settings: settings,
            load: ListenerLoad(
                maximumConnections: maximumConnections,
                memoryBudget: memory,
                maximumUpgrades: maximumUpgrades,
                maximumStreams: maximumStreams
            ),
            logger: quiet,
            random: { [unowned self] in self.roll() }
        )
    }

    /// A client that must find a place.
    func client(from address: String? = nil) throws -> EmbeddedClient { try #require(try self.connect(from: address)) }

    /// Bytes that strangers hold.
    var strangersBytes: Int { self.listenerLoop.load.strangers.used }
    /// Bytes that clients hold which were let in.
    var knownBytes: Int { self.listenerLoop.dispatcher.memory.used }

    /// - Returns: `nil` when the listener loop has no place.
    func connect(from address: String? = nil) throws -> EmbeddedClient? {
        let peer = address.flatMap { IPAddress($0) }.map { Peer.address($0) } ?? .local
        guard let place = self.listenerLoop.place(for: peer) else { return nil }
        let socket = try EmbeddedSocket.connected(on: self.loop, waterMark: ConnectionHandler.strangersOutput) {
            try $0.pipeline.syncOperations.addHandler(ConnectionHandler(listenerLoop: self.listenerLoop, place: place))
        }
        let client = EmbeddedClient(socket, bench: self)
        self.clients.append(client)
        return client
    }

    private func roll() -> Double {
        self.random = (self.random + 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
        return self.random
    }

    /// The engine says `text` on the connection that was made last, whatever it was sent.
    func engineSays(_ text: String) throws {
        self.engineEnds.last?.agent.send(ByteBuffer(string: text))
        try self.run()
    }

    /// Lets everything happen that can happen now.
    func run() throws {
        var goesOn = true
        while goesOn {
            self.loop.run()
            goesOn = false
            for client in self.clients where try client.move() { goesOn = true }
            for end in self.engineEnds where try end.move() { goesOn = true }
            if !goesOn, !self.listenerLoop.dispatcher.turns.isIdle {
                self.turn()
                goesOn = true
            }
        }
    }

    /// Lets one more turn of the loop begin.
    private func turn() {
        self.turns += 1
        self.loop.advanceTime(by: .milliseconds(1))
    }

    func pass(_ time: TimeAmount) throws {
        try self.run()
        self.loop.advanceTime(by: time)
        try self.run()
    }

    private func connect(_ prepare: @Sendable (any Channel) throws -> Void) -> EventLoopFuture<any Channel> {
        do {
            let link = try EngineLink(self.loop, handler: self.engine.handler(answer: self.answer), prepare)
            link.agent.isTaken = self.engineTakes
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

    /// Adds to what is under way, and lets nothing happen.
    func queue(_ text: String) { self.socket.send(ByteBuffer(string: text)) }

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
        self.agent = try .connected(on: loop) { try prepare($0) }
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
        if !hasMoved, !self.engine.isActive, self.agent.isOpen {
            self.agent.close()
            hasMoved = true
        }
        return hasMoved
    }
}
