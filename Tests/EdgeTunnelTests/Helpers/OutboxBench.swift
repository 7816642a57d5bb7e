import DockerBridge
import NIOCore
import NIOEmbedded

@testable import EdgeTunnel

/// An outbox on a channel without a network.
struct OutboxBench {
    private final class Holder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let outbox: Outbox

        init(_ outbox: Outbox) {
            self.outbox = outbox
        }

        func handlerAdded(context: ChannelHandlerContext) {
            self.outbox.attach(context)
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            self.outbox.pump()
        }
    }

    let channel = EmbeddedChannel()
    let memory: MemoryBudget
    let outbox: Outbox

    init(memory: Int = MemoryBudget.defaultLimit) throws {
        self.memory = MemoryBudget(limit: memory)
        self.outbox = Outbox(eventLoop: self.channel.embeddedEventLoop, memory: self.memory)
        try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try self.channel.pipeline.syncOperations.addHandler(Holder(self.outbox))
    }

    /// While stopped the channel takes nothing.
    func stop() {
        self.channel.isWritable = false
    }

    func go() {
        self.channel.isWritable = true
        self.channel.pipeline.fireChannelWritabilityChanged()
    }

    /// The texts of all frames that left since the last time.
    func sent() throws -> [String] {
        self.channel.embeddedEventLoop.run()
        var texts: [String] = []
        while var bytes = try self.channel.readOutbound(as: ByteBuffer.self) {
            while let frame = ClientFrame.take(from: &bytes) { texts.append(frame.text) }
        }
        return texts
    }

    static func frame(_ text: String) -> FrameBuilder {
        FrameBuilder(capacity: text.utf8.count, allocator: testAllocator) { $0.writeString(text) }
    }

    static func frame(bytes: Int) -> FrameBuilder {
        FrameBuilder(capacity: bytes, allocator: testAllocator) {
            $0.writeRepeatingByte(UInt8(ascii: "x"), count: bytes)
        }
    }
}
