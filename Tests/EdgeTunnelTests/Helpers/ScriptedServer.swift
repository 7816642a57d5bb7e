import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Support

/// A server on a loopback port that treats every connection step by step as its test says, and then falls silent.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        /// Waits for a head's empty line, and says this.
        case answer(String)
        /// Waits for as many bytes, and says these.
        case reply(after: Int, [UInt8])
        /// Goes on inside TLS.
        case startTLS(NIOSSLContext)
        case close
    }

    let port: Int
    private let channel: any Channel
    /// The listening one, at a held port.
    private let socket: CInt?
    /// What it heard, one entry for each step that waits.
    private let heard: Mailbox<ByteBuffer>
    /// One for each connection that is gone.
    private let gone: Mailbox<Void>

    /// - Parameter held: to listen at its port instead of any free one.
    static func following(_ steps: Step..., at held: HeldPort? = nil) async throws -> ScriptedServer {
        let socket = try held?.another()
        return try await Self.following(steps, socket) { bootstrap in
            if let socket {
                try await bootstrap.withBoundSocket(socket).get()
            } else {
                try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
            }
        }
    }

    /// Two servers at one port, the first on 127.0.0.1 and the second on 127.0.0.2. A port that is free on the one address may
    /// be taken on the other one, by a program of another test or of another user; then the two have another port.
    static func twins(
        _ first: [Step],
        _ second: [Step]
    ) async throws -> (first: ScriptedServer, second: ScriptedServer) {
        var failure: any Error = CancellationError()
        for _ in 0..<32 {
            let one = try await Self.following(first, nil) { try await $0.bind(host: "127.0.0.1", port: 0).get() }
            do {
                let other = try await Self.following(second, nil) {
                    try await $0.bind(host: "127.0.0.2", port: one.port).get()
                }
                return (one, other)
            } catch {
                failure = error
                try await one.stop()
            }
        }
        throw failure
    }

    private static func following(
        _ steps: [Step],
        _ socket: CInt?,
        listening: (ServerBootstrap) async throws -> any Channel
    ) async throws -> ScriptedServer {
        let (heard, gone) = (Mailbox<ByteBuffer>(), Mailbox<Void>())
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelInitializer {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(ScriptHandler(steps, heard, gone))
            }
        }
        let channel = try await listening(bootstrap)
        return ScriptedServer(channel: channel, socket: socket, heard: heard, gone: gone)
    }

    private init(channel: any Channel, socket: CInt?, heard: Mailbox<ByteBuffer>, gone: Mailbox<Void>) {
        self.port = channel.localAddress?.port ?? 0
        self.channel = channel
        self.socket = socket
        self.heard = heard
        self.gone = gone
    }

    func next() async throws -> ByteBuffer { try await self.heard.next() }

    func nextText() async throws -> String { String(buffer: try await self.next()) }

    /// Returns once a connection is gone, whoever closed it.
    func closed() async throws { try await self.gone.next() }

    /// At a held port, connections are refused from now on.
    func stop() async throws {
        // A process that another test is starting has a copy of every socket until it executes its program, and a listener
        // listens as long as one copy is open. The channel may notice by itself.
        if let socket { shutdown(socket, CInt(SHUT_RDWR)) }
        self.channel.close(promise: nil)
        try await self.channel.closeFuture.get()
    }

    private final class ScriptHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var steps: ArraySlice<Step>
        private let heard: Mailbox<ByteBuffer>
        private let gone: Mailbox<Void>
        private var received = ByteBuffer()

        init(_ steps: [Step], _ heard: Mailbox<ByteBuffer>, _ gone: Mailbox<Void>) {
            self.steps = steps[...]
            self.heard = heard
            self.gone = gone
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.gone.put(())
        }

        func channelActive(context: ChannelHandlerContext) {
            self.advance(context)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = self.unwrapInboundIn(data)
            self.received.writeBuffer(&bytes)
            self.advance(context)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func advance(_ context: ChannelHandlerContext) {
            while let step = self.steps.first {
                switch step {
                case .answer(let text):
                    guard String(buffer: self.received).hasSuffix("\r\n\r\n") else { return }
                    self.say(ByteBuffer(string: text), context)
                case .reply(let count, let bytes):
                    guard self.received.readableBytes >= count else { return }
                    self.say(ByteBuffer(bytes: bytes), context)
                case .startTLS(let tls):
                    let handler = NIOSSLServerHandler(context: tls)
                    try? context.pipeline.syncOperations.addHandler(handler, position: .before(self))
                case .close: context.close(promise: nil)
                }
                self.steps.removeFirst()
            }
        }

        private func say(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
            self.heard.put(self.received)
            self.received.clear()
            context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
        }
    }
}
