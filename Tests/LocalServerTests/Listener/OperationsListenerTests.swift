import DockerBridge
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Support
import Testing

@testable import LocalServer

/// The listener on a real socket.
@Suite(.timeLimit(.minutes(1))) struct OperationsListenerTests {
    private static func health(_ engine: Bool = true) -> AgentHealth {
        AgentHealth(
            mode: .edge,
            version: "1",
            startedAt: .now,
            isEngineReachable: { engine },
            controller: { .connected },
            status: { ByteBuffer() }
        )
    }

    /// Runs a listener of its own, with 32 MiB to count in.
    private static func withListener(
        _ browsers: BrowserGuard = BrowserGuard(.anything),
        metrics: Metrics? = nil,
        dial: DialRoute? = nil,
        _ body: (String, any EventLoop, NIOLoopBound<RequestDispatcher>) async throws -> Void
    ) async throws {
        let path = "/tmp/lookout-ops-\(UUID().uuidString.prefix(8)).sock"
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let dispatcher = try await loop.submit {
            let client = try EngineClient(address: EngineAddress(.unix(path: "/nowhere")), eventLoop: loop)
            return NIOLoopBound(RequestDispatcher(client: client), eventLoop: loop)
        }.get()
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let listener = OperationsListener(
            settings: OperationsSettings(address: .unix(path: path), browsers: browsers),
            dispatcher: dispatcher,
            health: Self.health(),
            metrics: metrics,
            dial: dial,
            logger: quiet
        )
        let running = Task { await listener.run() }
        defer { running.cancel() }
        try await body(path, loop, dispatcher)
    }

    /// Says `request` to a listener of its own and returns all of its answer, up to the closing of the connection.
    private static func say(_ request: String, _ browsers: BrowserGuard = BrowserGuard(.anything)) async throws
        -> String
    {
        var text = ""
        try await Self.withListener(browsers, dial: DialRoute { .waiting }) { path, loop, _ in
            let answer = loop.makePromise(of: String.self)
            let channel = try await Self.connect(to: path, on: loop, answer)
            try await channel.writeAndFlush(ByteBuffer(string: request)).get()
            text = try await answer.futureResult.get()
        }
        return text
    }

    /// Waits for the socket file, which only its owner may use as soon as it is there, and for somebody behind it.
    private static func connect(
        to path: String,
        on loop: any EventLoop,
        _ answer: EventLoopPromise<String>
    ) async throws -> any Channel {
        try await value {
            if let attributes = try? FileManager.default.attributesOfItem(atPath: path) {
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            return try? await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Everything(answer))
                    }
                }
                .connect(unixDomainSocketPath: path).get()
        }
    }

    /// Collects what comes until the other side closes.
    private final class Everything: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var text = ""
        private let done: EventLoopPromise<String>

        init(_ done: EventLoopPromise<String>) { self.done = done }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.text += String(buffer: self.unwrapInboundIn(data))
        }

        func channelInactive(context: ChannelHandlerContext) { self.done.succeed(self.text) }
    }

    @Test(.timeLimit(.minutes(1)))
    func severalRequestsShareAConnection() async throws {
        let answer = try await Self.say(
            "GET /health HTTP/1.1\r\nHost: x\r\n\r\nHEAD /ready?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"
                + "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        #expect(answer.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
        #expect(answer.contains("HTTP/1.1 404 Not Found"))
        #expect(answer.contains("X-Content-Type-Options: nosniff"))
        #expect(answer.components(separatedBy: #""status":"ok""#).count == 2)
        #expect(!answer.contains(#""status":"healthy""#), "HEAD has no body")
    }

    @Test(.timeLimit(.minutes(1)))
    func aDialNeedsTheFieldThatNoWebPageCanSend() async throws {
        let answer = try await Self.say(
            "POST /_lookout/dial HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                + "POST /_lookout/dial HTTP/1.1\r\nHost: x\r\nX-Lookout-Dial: now\r\nConnection: close\r\n\r\n"
        )
        #expect(answer.hasPrefix("HTTP/1.1 403 "))
        #expect(answer.contains("HTTP/1.1 202 "))
    }

    @Test(.timeLimit(.minutes(1)))
    func whatIsNoHTTPIsRefused() async throws {
        #expect(try await Self.say("hello\r\n\r\n").hasPrefix("HTTP/1.1 400 Bad Request"))
    }

    /// The next request would begin somewhere in the body.
    @Test(.timeLimit(.minutes(1)))
    func aBodyIsRefusedAndTheConnectionCloses() async throws {
        let answer = try await Self.say("POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\nGET / HT")
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2)
    }

    @Test(.timeLimit(.minutes(1)))
    func aHeadIsReadUpToABound() async throws {
        let answer = try await Self.say("GET /health HTTP/1.1\r\nx: \(String(repeating: "x", count: 16 << 10))")
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["/health", "/metrics", "/_lookout/status"])
    func aReboundNameIsRefused(path: String) async throws {
        let request = "GET \(path) HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        let answer = try await Self.say(request, BrowserGuard(.loopback))
        #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains("ALLOWED_HOSTS"), "\(answer)")
    }

    /// Many requests at once are answered one after the other, and not each within the one before.
    @Test(.timeLimit(.minutes(1)))
    func manyRequestsInOnePieceAreAllAnswered() async throws {
        let one = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let answer = try await Self.say(String(repeating: one, count: 1999) + last, BrowserGuard(.loopback))
        #expect(answer.components(separatedBy: "HTTP/1.1 403 ").count == 2001)
    }

    private struct Wall: MetricsSource {
        func write(to page: inout MetricsPage) async {
            page.family("wall", .gauge, String(repeating: "x", count: 1 << 20))
        }
    }

    /// One answer waits, however many were asked for; and what waits is counted.
    @Test(.timeLimit(.minutes(1)))
    func aClientThatDoesNotReadCostsOneAnswer() async throws {
        try await Self.withListener(metrics: Metrics([Wall()])) { path, loop, dispatcher in
            let requests = String(repeating: "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", count: 60)
            let used = { try await loop.submit { dispatcher.value.memory.used }.get() }
            // On a busy machine a connection may have been idle for too long before this is written, or is read.
            let channel = try await value {
                let channel = try await Self.connect(to: path, on: loop, loop.makePromise(of: String.self))
                do {
                    try await channel.setOption(.autoRead, value: false).get()
                    try await channel.writeAndFlush(ByteBuffer(string: requests)).get()
                    for _ in 0..<1000 where try await used() > 0 { return channel }
                    try await channel.close().get()
                } catch is ChannelError {}
                return nil
            }
            for _ in 0..<200 {
                let now = try await used()
                #expect(now < 2 << 20)
                guard now < 2 << 20 else { break }
                try await Self.say(path, loop, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            }
            // The listener may have closed it already, on a machine that was busy for as long as its deadline.
            try? await channel.close().get()
            try await until { try await used() == 0 }
        }
    }

    /// Whoever takes all connections and says nothing makes room for one who asks.
    @Test(.timeLimit(.minutes(1)))
    func silentConnectionsMakeRoom() async throws {
        try await Self.withListener { path, loop, _ in
            var silent: [any Channel] = []
            for _ in 0..<80 {
                silent.append(try await Self.connect(to: path, on: loop, loop.makePromise(of: String.self)))
            }
            try await Self.say(path, loop, "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            for channel in silent { try? await channel.close().get() }
        }
    }

    private static func say(_ path: String, _ loop: any EventLoop, _ request: String) async throws {
        let answer = loop.makePromise(of: String.self)
        let channel = try await Self.connect(to: path, on: loop, answer)
        try await channel.writeAndFlush(ByteBuffer(string: request)).get()
        #expect(try await answer.futureResult.get().hasPrefix("HTTP/1.1 200 OK"))
    }
}
