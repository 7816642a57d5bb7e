import Foundation
import NIOCore
import NIOPosix
import Support

/// A client that reads nothing until it is asked to.
final class StalledClient: Sendable {
    private let channel: any Channel
    private let text: NIOLoopBound<Text>

    init(_ path: String) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let (channel, text) = try await ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let text = Text()
                    try channel.pipeline.syncOperations.addHandler(text)
                    return (channel, NIOLoopBound(text, eventLoop: channel.eventLoop))
                }
            }
        self.channel = channel
        self.text = text
    }

    func write(_ text: String) async throws { try await self.channel.writeAndFlush(ByteBuffer(string: text)) }
    func close() { self.channel.close(promise: nil) }

    func readAll(upTo end: String) async throws -> String {
        try await self.channel.setOption(.autoRead, value: true).get()
        return try await value {
            let all = try await self.channel.eventLoop.submit { self.text.value.all }.get()
            return all.contains(end) ? all : nil
        }
    }

    private final class Text: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var all = ""

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            // The filling of the frames would only be in the way.
            self.all += String(buffer: self.unwrapInboundIn(data)).filter { $0 != "." }
        }
    }
}
