import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// The port that agents dial: TLS if wanted, then the WebSocket upgrade on the four known paths.
enum AgentListener {
    /// The largest message of the protocol.
    static let maxMessageBytes = 16 * 1024 * 1024
    /// Agents of old cut a message into fragments of 4 KiB.
    static let maxFragments = 131_072

    static func open(for controller: Controller) -> EventLoopFuture<any Channel> {
        let controller = NIOLoopBound(controller, eventLoop: controller.eventLoop)
        let settings = controller.value.settings
        return ServerBootstrap(group: controller.value.eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls = settings.tls {
                        try pipeline.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try pipeline.configureHTTPServerPipeline(
                        withServerUpgrade: (
                            upgraders: [self.upgrader(for: controller)],
                            completionHandler: {
                                $0.pipeline.syncOperations.removeHandler(name: "refusal", promise: nil)
                            }
                        )
                    )
                    try pipeline.addHandler(UpgradeRefusal(), name: "refusal")
                }
            }
            .bind(host: settings.address.host, port: settings.address.port)
    }

    private static func upgrader(for controller: NIOLoopBound<Controller>) -> NIOWebSocketServerUpgrader {
        NIOWebSocketServerUpgrader(
            maxFrameSize: self.maxMessageBytes,
            shouldUpgrade: { channel, head in
                // The protocol has neither; whoever sends one is a browser or has misread the documentation.
                let isPlain =
                    !head.headers.contains(name: "origin") && !head.headers.contains(name: "sec-websocket-protocol")
                return channel.eventLoop.makeSucceededFuture(
                    isPlain && Dialect(target: head.uri) != nil ? HTTPHeaders() : nil
                )
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 0,
                            maxAccumulatedFrameCount: self.maxFragments,
                            maxAccumulatedFrameSize: self.maxMessageBytes
                        )
                    )
                    // Only paths that name a dialect were let through.
                    try pipeline.addHandler(
                        AgentHandler(controller: controller.value, dialect: Dialect(target: head.uri)!)
                    )
                }
            }
        )
    }
}

/// Answers what is not an upgrade of ours: 404 on an unknown path, 400 on a known one.
private final class UpgradeRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let request) = Self.unwrapInboundIn(data) else { return }
        let isKnown = Dialect(target: request.uri) != nil
        let text = isKnown ? "this path takes a WebSocket upgrade without Origin or subprotocol\n" : "not found\n"
        let headers: HTTPHeaders = [
            "content-type": "text/plain; charset=utf-8", "content-length": "\(text.utf8.count)", "connection": "close",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: isKnown ? .badRequest : .notFound, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A declined upgrade is reported here too, but its request follows and gets its answer.
        if !(error is NIOWebSocketUpgradeError) { context.close(promise: nil) }
    }
}

extension NIOSSLContext {
    /// For a server that shows the certificates in the PEM file `chain`.
    static func server(chain: String, key: String) throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile(chain).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(file: key, format: .pem))
            )
        )
    }
}
