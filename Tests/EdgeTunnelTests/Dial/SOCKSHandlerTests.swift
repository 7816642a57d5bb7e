import Glibc
import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeTunnel

@Suite struct SOCKSHandlerTests {
    private final class Rig {
        let channel = EmbeddedChannel()
        private(set) var result: Result<Void, any Error>?

        init() throws {
            try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            let connected = SOCKSHandler.start(
                SOCKSHandshake(host: "h", port: 1, credentials: nil),
                proxy: try Proxy(parsing: "socks5://me:pw@proxy"),
                on: self.channel
            )
            self.channel.embeddedEventLoop.run()
            connected.assumeIsolated().whenComplete { self.result = $0 }
        }

        func hears(_ bytes: [UInt8]) throws {
            try self.channel.writeInbound(ByteBuffer(bytes: bytes))
        }

        func says() throws -> [UInt8]? {
            try self.channel.readOutbound(as: ByteBuffer.self).map { Array($0.readableBytesView) }
        }

        var failure: String? {
            guard case .failure(let error as DialError)? = self.result else { return nil }
            return error.end.description
        }
    }

    @Test func theHandshakeIsCarriedAndTheHandlerLeaves() throws {
        let rig = try Rig()
        #expect(try rig.says() == [5, 1, 0])
        try rig.hears([5])
        try rig.hears([0])
        #expect(try rig.says() == [5, 1, 0, 3, 1, 0x68, 0, 1])
        try rig.hears([5, 0, 0, 1, 0, 0, 0, 0, 0])
        #expect(rig.result == nil)
        try rig.hears([0])
        try #require(rig.result).get()
        #expect(throws: ChannelPipelineError.notFound) {
            try rig.channel.pipeline.syncOperations.handler(type: SOCKSHandler.self)
        }
    }

    @Test func aRefusalNamesTheProxyAndEndsTheConnection() throws {
        let rig = try Rig()
        try rig.hears([5, 0])
        try rig.hears([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
        #expect(
            rig.failure
                == "proxy failed: the proxy socks5://proxy:1080 does not allow connections to the controller"
        )
        #expect(!rig.channel.isActive)
    }

    @Test func aProxyThatHangsUpIsNamed() throws {
        let rig = try Rig()
        _ = try rig.channel.finish()
        #expect(rig.failure == "proxy failed: the proxy socks5://proxy:1080 closed the connection")
    }

    @Test func aResetIsAHangUp() throws {
        let rig = try Rig()
        rig.channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNRESET, reason: "read"))
        #expect(rig.failure == "proxy failed: the proxy socks5://proxy:1080 closed the connection")
    }

    @Test func aConnectionThatBreaksIsNamed() throws {
        let rig = try Rig()
        rig.channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        #expect(rig.failure == "proxy failed: the connection to the proxy socks5://proxy:1080 had ended")
    }
}
