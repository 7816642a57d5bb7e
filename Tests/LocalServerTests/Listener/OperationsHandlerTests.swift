import DockerBridge
import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import LocalServer

@Suite struct OperationsHandlerTests {
    /// Each of these requests is refused at once, so that all could be answered in the turn in which they came.
    @Test func everyRequestOfOnePieceHasATurnOfItsOwn() throws {
        let virtual = VirtualEngine()
        let health = AgentHealth(
            mode: .edge,
            version: "1",
            startedAt: .now,
            isEngineReachable: { true },
            controller: { .connected },
            status: { ByteBuffer() }
        )
        let listenerLoop = OperationsLoop(
            routes: OperationsRoutes(health: health),
            browsers: BrowserGuard(.loopback),
            memory: virtual.dispatcher.memory,
            turns: virtual.dispatcher.turns
        )
        let channel = EmbeddedChannel(handler: OperationsHandler(listenerLoop: listenerLoop), loop: virtual.eventLoop)
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "/client"), promise: nil)
        let request = "GET /health HTTP/1.1\r\nHost: other.example\r\n\r\n"
        try channel.writeInbound(ByteBuffer(string: String(repeating: request, count: 3)))
        let answers = try (0..<4).map { _ in
            var count = 0
            while try channel.readOutbound(as: ByteBuffer.self) != nil { count += 1 }
            virtual.wait(.milliseconds(1))
            return count
        }
        #expect(answers == [1, 1, 1, 0])
        channel.close(promise: nil)
    }
}
