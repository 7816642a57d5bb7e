import NIOCore
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

    private static func start(_ fields: String = "") -> String {
        "POST /exec/1/start HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n\(fields)"
            + "Content-Length: 15\r\n\r\n{\"Detach\":true}"
    }

    /// It may be one that has ended its input and waits for the output. `REQUEST_TIMEOUT` is 30 s.
    @Test(arguments: ["", "Connection: Upgrade\r\nUpgrade: tcp\r\n"])
    func aClientThatHasLeftHoldsItsPlaceNoLongerThanAnAnswerMayTake(fields: String) throws {
        let bench = EmbeddedBench(maximumUpgrades: 1) { _, _ in }
        let client = try bench.client()
        client.queue(Self.start(fields))
        try bench.run()
        client.socket.endInput()
        try bench.pass(.seconds(29))
        #expect(bench.listenerLoop.load.openUpgrades == 1)
        try bench.pass(.seconds(2))
        #expect(bench.listenerLoop.load.openUpgrades == 0)
        #expect(client.text.hasPrefix("HTTP/1.1 504 "))
        #expect(!client.socket.isOpen)
    }

    @Test(arguments: [true, false])
    func aConnectionWithoutInputEndsWithItsAnswer(leavesBefore: Bool) throws {
        let bench = EmbeddedBench { _, _ in }
        let client = try bench.client()
        client.queue(Self.start())
        try bench.run()
        if leavesBefore { client.socket.endInput() }
        try bench.run()
        try bench.engineSays("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        if !leavesBefore { client.socket.endInput() }
        try bench.run()
        #expect(client.socket.isOpen)
        try bench.engineSays("k")
        #expect(client.text.hasSuffix("\r\n\r\nok"))
        #expect(client.text.contains("Connection: close\r\n") == leavesBefore)
        #expect(!client.socket.isOpen, "it is not kept for another request")
    }
}
