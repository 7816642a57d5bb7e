import NIOCore
import Support
import Testing

@testable import LocalServer

/// What the agent holds for a client that was let in is counted for as long as it is held.
@Suite(.timeLimit(.minutes(1))) struct HeldMemoryTests {
    private struct Pages: RouteGroup {
        static let bytes = 200_000

        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            guard path.hasPrefix("/_lookout/page") else { return nil }
            return AgentRoute("/_lookout/page") { _, answer in
                answer.send(PlainAnswer(200, String(repeating: "p", count: Self.bytes - 1)))
            }
        }
    }

    private static let page = ListenerBench.get("/_lookout/page", "")

    @Test func anUnreadAnswerOfTheAgentsOwnCountsUntilItIsTaken() throws {
        let bench = EmbeddedBench(groups: [Pages()], memory: 1 << 20)
        let clients = try (0..<4).map { _ in try bench.client(from: "192.0.2.1") }
        for client in clients {
            client.socket.isTaken = false
            try client.say(Self.page)
        }
        #expect(bench.knownBytes == 2 * Pages.bytes, "at most half of the budget")
        for client in clients { client.socket.isTaken = true }
        try bench.run()
        #expect(bench.knownBytes == 0)
        #expect(clients[..<2].allSatisfy { $0.text.hasPrefix("HTTP/1.1 200 ") })
        for client in clients[2...] {
            #expect(client.text.hasPrefix("HTTP/1.1 503 "))
            #expect(client.text.contains("\r\nRetry-After: 10\r\n"))
        }
        try clients[3].say(Self.page)
        #expect(clients[3].text.contains("HTTP/1.1 200 "))
    }

    @Test func anAnswerThatIsNeverTakenIsGivenBackWithItsConnection() throws {
        let bench = EmbeddedBench(groups: [Pages()], memory: 1 << 20)
        let client = try bench.client(from: "192.0.2.1")
        client.socket.isTaken = false
        try client.say(ListenerBench.get("/_lookout/page"))
        #expect(bench.knownBytes == Pages.bytes)
        try bench.pass(.seconds(62))
        #expect(!client.socket.isOpen)
        #expect(bench.knownBytes == 0)
    }

    /// `docker load` reports its progress before it has read the whole archive.
    @Test func aSignedBodyCountsUntilTheEngineHasTakenIt() throws {
        let signed = try SignedBench()
        let bench = EmbeddedBench(gate: signed.gate) { _, _ in }
        bench.engineTakes = false
        let body = ByteBuffer(repeating: 0x62, count: 100_000)
        let client = try bench.client(from: "192.0.2.1")
        try client.say(signed.head("/images/load", body: body))
        try client.say(body)
        try bench.engineSays("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        #expect(client.text.hasPrefix("HTTP/1.1 200 "))
        #expect(bench.strangersBytes == 100_000, "the engine has begun to answer, and has taken nothing")
        bench.engineTakes = true
        try bench.run()
        #expect(bench.strangersBytes == 0)
        #expect(client.socket.isOpen)
    }

    /// The rest of the body would be taken for the next request.
    @Test func anEngineThatAnswersBeforeItHasTheBodyIsNotAskedAgainOnThatConnection() throws {
        let signed = try SignedBench()
        let bench = EmbeddedBench(gate: signed.gate)
        bench.engineTakes = false
        let body = ByteBuffer(repeating: 0x62, count: 100_000)
        let client = try bench.client(from: "192.0.2.1")
        try client.say(signed.head("/images/load", body: body))
        try client.say(body)
        try bench.engineSays("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        #expect(client.text.hasPrefix("HTTP/1.1 400 "))
        #expect(bench.strangersBytes == 0)
        bench.engineTakes = true
        try client.say(signed.head("/next", body: ByteBuffer(string: "y")) + "y")
        #expect(client.text.contains("HTTP/1.1 200 "))
        #expect(bench.engine.requests.map(\.target) == ["/next"])
    }
}
