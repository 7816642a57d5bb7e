import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The unix socket of one agent, on which docker clients find that agent's engine.
struct DockerSocket {
    private let channel: any Channel
    private let path: String

    static func open(at path: String, for agent: Agent, on loop: any EventLoop) -> EventLoopFuture<any Channel> {
        let agent = NIOLoopBound(agent, eventLoop: loop)
        return ServerBootstrap(group: loop)
            // A docker client closes its sending half first: at once if it has no input for an exec.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 256 * 1024, high: 1024 * 1024))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ClientPacer(agent: agent.value))
                    try pipeline.addHandler(HTTPResponseEncoder(), name: DockerConnection.encoderName)
                    try pipeline.addHandler(
                        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)),
                        name: DockerConnection.decoderName
                    )
                    try pipeline.addHandler(DockerConnection(agent: agent.value))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true)
    }

    init(_ channel: any Channel, path: String) {
        (self.channel, self.path) = (channel, path)
    }

    func close() {
        unlink(self.path)
        self.channel.close(promise: nil)
    }
}

/// Keeps a client that does not read from filling the memory: it slows the tunnel down, and after a while it has to go.
private final class ClientPacer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// A stopped tunnel stops everybody, pings included; this is well below any side's ping timeout.
    static let patience = TimeAmount.seconds(10)

    private let agent: Agent
    private var timer: Scheduled<Void>?

    init(agent: Agent) {
        self.agent = agent
    }

    func channelActive(context: ChannelHandlerContext) {
        self.agent.clientArrived(context.channel)
        context.fireChannelActive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let channel = context.channel
        self.agent.setSlow(!channel.isWritable, channel)
        self.timer?.cancel()
        if !channel.isWritable {
            self.timer = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.agent.clientLeft(context.channel)
        context.fireChannelInactive()
    }
}
