import Support
import Testing

@testable import LocalServer

@Suite(.timeLimit(.minutes(1))) struct HalfCloseTests {
    /// `echo | docker exec -i`, on a slow link: the client has ended its input long before it has taken the output.
    @Test func outputIsNotLostBehindTheEndOfTheInput() throws {
        let bench = EmbeddedBench { _, peer in peer.upgrade(then: "last words") }
        let client = try bench.client()
        client.socket.isTaken = false
        client.queue(
            "POST /exec/1/start HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n"
                + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
        )
        try bench.run()
        client.socket.endInput()
        try bench.run()
        #expect(client.text.isEmpty)
        #expect(client.socket.isOpen)
        client.socket.isTaken = true
        try bench.run()
        #expect(client.text.hasSuffix("last words"))
        #expect(!client.socket.isOpen)
    }
}
