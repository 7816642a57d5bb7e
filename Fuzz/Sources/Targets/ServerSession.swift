import Base
import Foundation
import Logging
import NIOCore
import NIOEmbedded

@testable import Auth
@testable import DockerBridge
@testable import LocalServer

extension Targets {
    /// One client of the listener: bytes of the client, answers of an engine, verdicts over tokens, time, an output that
    /// the client does not take, ends of either direction and a listener that drains, in any order. The first byte of each
    /// step says which it is, the second how much.
    static func server(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        let session = FuzzedClient()
        while session.isOpen, let kind = rest.popFirst(), let amount = rest.popFirst() {
            session.step(kind, amount, &rest)
            session.check()
        }
        session.end()
    }
}

/// Concurrency: the fuzzer's thread.
private final class FuzzedClient: ConnectionTransport {
    private static let memory = 256 << 10
    private static let quiet = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
    private static let peer = Peer.address(IPAddress("192.0.2.1")!)

    private let loop = EmbeddedEventLoop()
    private let load: ListenerLoad
    private let dispatcher: RequestDispatcher
    private var door: ListenerLoop!
    private var connection: ServerConnection?
    private var engine: [EmbeddedChannel] = []
    private var pending: CircularBuffer<EventLoopPromise<Authenticator.Verdict>> = []
    /// Pieces that the agent has not read.
    private var arriving: CircularBuffer<ByteBuffer> = []
    private var isReadPending = false
    private var isOutputClosing = false
    private var hasInputEnded = false
    private(set) var isWritable = true

    init() {
        let box = Box()
        let loop = self.loop
        let client = EngineClient(eventLoop: loop) { prepare in
            let channel = EmbeddedChannel(handlers: [], loop: loop)
            do {
                try prepare(channel)
                try channel.connect(to: SocketAddress(unixDomainSocketPath: "/engine")).wait()
            } catch {
                return loop.makeFailedFuture(error)
            }
            box.take(channel)
            return loop.makeSucceededFuture(channel)
        }
        var limits = RequestDispatcher.Limits()
        limits.memory = Self.memory
        self.dispatcher = RequestDispatcher(client: client, limits: limits)
        self.load = ListenerLoad(maximumConnections: 4, memoryBudget: Self.memory)
        var settings = ListenerSettings(address: .unix(path: "/fuzz"))
        settings.maximumConnections = 4
        settings.memoryBudget = Self.memory
        self.door = ListenerLoop(
            dispatcher: self.dispatcher,
            gate: Self.gate(),
            routes: AgentRoutes(groups: [Routes()]),
            settings: settings,
            load: self.load,
            logger: Self.quiet,
            random: { 0.5 },
            moment: { FuzzedRequests.moment },
            derive: { [unowned self] _ in
                let promise = loop.makePromise(of: Authenticator.Verdict.self)
                self.pending.append(promise)
                return promise.futureResult
            }
        )
        box.take = { [unowned self] in self.engine.append($0) }
        let connection = ServerConnection(
            listenerLoop: self.door,
            place: self.door.place(for: Self.peer)!,
            transport: self
        )
        self.connection = connection
        connection.opened()
    }

    private final class Box: @unchecked Sendable {
        var take: (EmbeddedChannel) -> Void = { _ in }
    }

    var isOpen: Bool { self.connection != nil }

    // MARK: Steps

    func step(_ kind: UInt8, _ amount: UInt8, _ rest: inout Slice<UnsafeRawBufferPointer>) {
        guard let connection = self.connection else { return }
        switch kind % 12 {
        case 0: self.send(ByteBuffer(string: FuzzedRequests.all[Int(amount) % FuzzedRequests.all.count]))
        case 1: self.send(ByteBuffer(bytes: Self.take(Int(amount), &rest)))
        case 2: self.send(ByteBuffer(repeating: UInt8(ascii: "a"), count: Int(amount) * 256))
        case 3: self.loop.advanceTime(by: .milliseconds(Int64(amount) * 40))
        case 4: self.loop.advanceTime(by: .seconds(Int64(amount)))
        case 5: self.set(isWritable: amount % 2 == 0)
        case 6: self.answer(amount, Array(FuzzedRequests.answers[Int(amount) % FuzzedRequests.answers.count].utf8))
        case 7: self.answer(amount, Self.take(Int(amount), &rest))
        case 8: self.decide(amount)
        case 9:
            self.hasInputEnded = true
            self.deliver()
        case 10:
            if self.isOutputClosing {
                self.isOutputClosing = false
                connection.outputClosed()
            }
        default:
            switch amount % 8 {
            case 0: self.door.drain()
            case 1: self.door.giveUp()
            case 2: self.gone()
            case 3: self.engine.last?.close(promise: nil)
            default:
                self.send(ByteBuffer(string: String(repeating: FuzzedRequests.smallest, count: Int(amount))))
            }
        }
        self.loop.run()
        for engine in self.engine { while (try? engine.readOutbound(as: ByteBuffer.self)) != nil {} }
    }

    private static func take(_ count: Int, _ rest: inout Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        let part = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return part
    }

    private func send(_ bytes: ByteBuffer) {
        guard !self.hasInputEnded, bytes.readableBytes > 0 else { return }
        var bytes = bytes
        while let piece = bytes.readSlice(length: min(bytes.readableBytes, 4 << 10)), piece.readableBytes > 0 {
            self.arriving.append(piece)
        }
        self.deliver()
    }

    /// Nothing arrives unasked.
    private func deliver() {
        while self.isReadPending, let connection = self.connection {
            if let piece = self.arriving.popFirst() {
                self.isReadPending = false
                connection.received(piece)
                connection.readCompleted()
            } else {
                guard self.hasInputEnded else { return }
                self.isReadPending = false
                return connection.inputEnded()
            }
        }
    }

    private func set(isWritable: Bool) {
        guard self.isWritable != isWritable else { return }
        self.isWritable = isWritable
        if isWritable { self.connection?.outputBecameWritable() }
    }

    private func decide(_ amount: UInt8) {
        guard let promise = self.pending.popFirst() else { return }
        promise.succeed(amount % 2 == 0 ? .allowed(.token) : .refused(AuthFailure(.badToken, "wrong token")))
    }

    /// On one of the newest connections.
    private func answer(_ which: UInt8, _ bytes: [UInt8]) {
        self.engine.removeAll { !$0.isActive }
        guard !self.engine.isEmpty else { return }
        let channel = self.engine[max(0, self.engine.count - 1 - Int(which >> 6))]
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    // MARK: Promises

    /// What has to hold after every step.
    func check() {
        let (strangers, known) = (self.load.strangers.used, self.dispatcher.memory.used)
        precondition((0...self.load.strangers.limit).contains(strangers), "strangers hold \(strangers) bytes")
        precondition((0...Self.memory).contains(known), "known clients hold \(known) bytes")
        let isKnown = self.connection?.isKnown ?? true
        precondition(self.load.unknownConnections == (isKnown ? 0 : 1), "the connection is counted wrongly")
    }

    func end() {
        self.gone()
        for promise in self.pending { promise.fail(ChannelError.eof) }
        self.loop.advanceTime(by: .seconds(60))
        for engine in self.engine { _ = try? engine.finish(acceptAlreadyClosed: true) }
        precondition(
            self.load.strangers.used == 0,
            "\(self.load.strangers.used) bytes of strangers are held at the end"
        )
        precondition(!self.load.strangers.isLargePlaceTaken, "the large place is taken at the end")
        precondition(self.dispatcher.memory.used == 0, "\(self.dispatcher.memory.used) bytes are held at the end")
        precondition(self.load.openConnections == 0, "a connection is counted that is closed")
        precondition(self.load.openUpgrades == 0, "an upgraded connection is counted that is closed")
        precondition(self.load.openStreams == 0, "a stream is counted that has ended")
        precondition(self.dispatcher.turns.isIdle, "a closed connection waits for its turn")
    }

    // MARK: ConnectionTransport

    var eventLoop: any EventLoop { self.loop }

    func write(_ bytes: ByteBuffer) {
        precondition(self.connection != nil, "a closed connection is written to")
        precondition(!self.isOutputClosing, "something follows the end of the output")
    }

    func flush() {}

    func read() {
        precondition(!self.isReadPending, "a read is asked for twice")
        self.isReadPending = true
        // As a socket, which is read in another turn of the loop.
        self.loop.assumeIsolated().execute { [unowned self] in self.deliver() }
    }

    func closeOutput() {
        precondition(!self.isOutputClosing, "the output is closed twice")
        self.isOutputClosing = true
    }

    func close() {
        precondition(self.connection != nil, "a connection is closed twice")
        self.gone()
    }

    func raiseBounds() {}

    private func gone() {
        guard let connection = self.connection else { return }
        self.connection = nil
        connection.closed()
    }

    // MARK: Who may ask, and for what

    private static let keys: KeyRegistry = {
        let path = "/tmp/lookout-fuzz-\(getpid())"
        _ = FileManager.default.createFile(
            atPath: path,
            contents: Data((try! FuzzedRequests.key.verifyingKey.authorizedKeysLine() + "\n").utf8),
            attributes: [.posixPermissions: 0o600]
        )
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try! KeyRegistry(path: path)
    }()

    /// Each input finds limits and nonces as no input was there before.
    private static func gate() -> AuthGate {
        let authenticator = Authenticator(
            // Verdicts are the steps' to give.
            token: .hashed(TokenVerifier(derive: { _ in nil }, sleep: { _ in })),
            keys: self.keys,
            limits: AttemptLimits(),
            replay: ReplayMemory(ReplayGuard(capacity: 64, startedAt: UnixTime(seconds: 0)))
        )
        return AuthGate(authenticator: authenticator, proxies: .none, browsers: BrowserGuard(.anything), trail: nil)
    }

    private struct Routes: RouteGroup {
        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            switch path {
            case "/health": AgentRoute("/health", isPublic: true) { $1.send(PlainAnswer(200, "well")) }
            case "/ready": AgentRoute("/ready", isPublic: true) { _, _ in }
            case "/api/echo":
                AgentRoute("/api/echo") { $1.send(PlainAnswer(200, contentType: "text/plain", body: $0.body)) }
            case "/api/events":
                AgentRoute("/api/events", limitsItself: true) { _, answer in
                    guard answer.begin(contentType: "text/plain", isEndless: true) else { return }
                    answer.write(ByteBuffer(string: "event"))
                    answer.flush()
                }
            case "/api/silent": AgentRoute("/api/silent") { _, _ in }
            default: nil
            }
        }
    }
}

/// What clients and engines say, well and less well.
private enum FuzzedRequests {
    static let smallest = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"

    /// The agent's clocks, which stand.
    static let moment = Moment(calendar: UnixTime(seconds: 1_800_000_000), steady: .now)

    static let key = try! SigningKey(
        pem: """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
            -----END PRIVATE KEY-----
            """
    )

    static let all: [String] = [
        smallest,
        asked("GET /ready"), asked("GET /api/silent"), asked("GET /api/events"), asked("HEAD /api/events"),
        asked("GET /info"), asked("GET /info", "Connection: close\r\n"), asked("HEAD /info"),
        asked("POST /api/echo", "Content-Length: 5\r\n", "abcde"),
        asked("POST /api/echo", "Content-Length: 50\r\n", "ab"),
        asked("POST /build", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"), "0\r\n\r\n", "5\r\nab",
        asked("POST /build", "Content-Length: 70000\r\n"), asked("POST /build", "Content-Length: 999999999\r\n"),
        asked("POST /build", "Content-Length: 4\r\nExpect: 100-continue\r\n"),
        asked("POST /exec/a/start", "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n", "{}"),
        asked("POST /exec/a/start", "Content-Length: 2\r\n", "{}"), asked("POST /containers/a/attach", "", "typed"),
        asked("GET /attach", "Connection: Upgrade\r\nUpgrade: tcp\r\n"),
        "POST /info HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123456789",
        "GET /info HTTP/1.0\r\nAuthorization: Bearer x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n", "GET /",
        signed("abc", isForged: false, 1), signed("abc", isForged: true, 2),
        signed("abc", isForged: false, 3, missing: 100), signed("abc", isForged: false, 4, missing: 900_000),
    ]

    static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", "output of a process",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "3\r\nabc\r\n", "0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nuntil the end", "HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\n\r\n{\"message\":\"n\"}",
    ]

    private static func asked(_ line: String, _ fields: String = "", _ body: String = "") -> String {
        "\(line) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\(fields)\r\n\(body)"
    }

    /// - Parameter missing: bytes that are announced behind `body` and do not come with it.
    private static func signed(_ body: String, isForged: Bool, _ number: UInt8, missing: Int = 0) -> String {
        let nonce = Nonce(raw: .init { $0 == 0 ? number : 7 })
        let timestamp = self.moment.calendar.seconds
        let request = CanonicalRequest(
            method: "POST",
            target: isForged ? "/other" : "/api/echo",
            bodyDigest: SHA256Digest(of: body),
            timestamp: timestamp,
            nonce: nonce
        )
        return "POST /api/echo HTTP/1.1\r\nHost: x\r\nX-Lookout-Key-ID: \(self.key.verifyingKey.keyID)\r\n"
            + "X-Lookout-Timestamp: \(timestamp)\r\nX-Lookout-Nonce: \(nonce)\r\nX-Lookout-Signature-Version: 2\r\n"
            + "X-Lookout-Signature: \(self.key.signature(of: request).base64url)\r\n"
            + "Content-Length: \(body.utf8.count + missing)\r\n\r\n\(body)"
    }
}
