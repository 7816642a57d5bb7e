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

    /// Says `request` to a listener of its own and returns all of its answer, up to the closing of the connection.
    private static func say(_ request: String) async throws -> String {
        let path = "/tmp/lookout-ops-\(UUID().uuidString.prefix(8)).sock"
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let listener = OperationsListener(
            address: .unix(path: path),
            eventLoop: loop,
            health: Self.health(),
            logger: quiet
        )
        let running = Task { await listener.run() }
        defer { running.cancel() }
        let answer = loop.makePromise(of: String.self)
        let channel = try await Self.connect(to: path, on: loop, answer)
        try await channel.writeAndFlush(ByteBuffer(string: request)).get()
        return try await answer.futureResult.get()
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
    func whatIsNoHTTPIsRefused() async throws {
        #expect(try await Self.say("hello\r\n\r\n").hasPrefix("HTTP/1.1 400 Bad Request"))
    }

    @Test(.timeLimit(.minutes(1)))
    func aBodyIsForgottenUpToABound() async throws {
        let body = String(repeating: "x", count: 70_000)
        let answer = try await Self.say("POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + body)
        #expect(answer.isEmpty)
    }
}
