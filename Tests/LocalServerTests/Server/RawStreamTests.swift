import Support
import Testing

@testable import LocalServer

/// Clients that ask for an attach or start an exec without `Upgrade`: the connection itself is the answer, as an engine gives
/// it.
@Suite(.timeLimit(.minutes(1))) struct RawStreamTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"

    /// - Parameter body: and what the client types behind it.
    private static func post(_ target: String, _ body: String = "{}", typed: String = "") -> String {
        "POST \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)\(typed)"
    }

    @Test(arguments: ["/v1.41/containers/x/attach?stream=1&stdin=1", "/exec/e/start", "/libpod/containers/x/attach"])
    func bytesTravelBothWaysWithoutAnUpgrade(target: String) async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await ListenerBench.run { _, peer in
            peer.takeOver(then: "early")
            peers.put(peer)
        } _: { bench in
            let client = try await bench.connect()
            client.write(Self.post(target, typed: "typed"))
            #expect(try await client.received(upTo: "early") == Self.head + "early")
            let peer = try await peers.next()
            #expect(try await peer.input.next() == "typed")
            client.write("more")
            #expect(try await peer.input.next() == "more")
            peer.write("late")
            peer.closeWhenWritten()
            #expect(try await client.everything() == "late")
            #expect(bench.engine.requests.map(\.body) == ["{}"])
            #expect(bench.engine.requests.first?.lines == ["Host: docker", "Content-Length: 2"])
        }
    }

    @Test func theEndOfTheInputIsPassedOn() async throws {
        let peers = Mailbox<FakeEnginePeer>()
        try await ListenerBench.run { _, peer in
            peer.takeOver()
            peers.put(peer)
        } _: { bench in
            let client = try await bench.connect()
            client.write(Self.post("/exec/e/start", typed: "all"))
            try await client.closeOutput()
            let peer = try await peers.next()
            #expect(try await peer.input.next() == "all")
            try await peer.closed()
            #expect(try await client.everything() == Self.head)
        }
    }

    /// A refusal, a start that is detached, and what says itself where it ends.
    @Test(arguments: [
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
    ])
    func anAnswerThatNamesItsEndIsAnOrdinaryOne(answer: String) async throws {
        try await ListenerBench.run { request, peer in
            if request.target == "/next" { peer.respond(200, "next") } else { peer.write(answer) }
        } _: { bench in
            let client = try await bench.connect()
            client.write(Self.post("/exec/e/start") + ListenerBench.get("/next"))
            let all = try await client.everything()
            #expect(all.hasPrefix(answer))
            #expect(all.hasSuffix("\r\n\r\nnext"))
        }
    }

    /// A refusal without an end is a body that ends with the connection.
    @Test func aRefusalWithoutALengthIsChunkedAsEver() async throws {
        try await ListenerBench.run { _, peer in
            peer.write("HTTP/1.1 409 Conflict\r\n\r\nnot running")
            peer.closeWhenWritten()
        } _: { bench in
            let client = try await bench.connect()
            client.write(Self.post("/containers/x/attach", ""))
            let all = try await client.received(upTo: "0\r\n\r\n")
            #expect(all.contains("Transfer-Encoding: chunked\r\n\r\nb\r\nnot running\r\n"))
            client.close()
        }
    }

    @Test(arguments: ["GET /containers/x/attach/ws", "GET /exec/e/json", "POST /containers/x/wait"])
    func otherRequestsWithoutAnUpgradeAreChunked(line: String) async throws {
        try await ListenerBench.run { _, peer in
            peer.write("HTTP/1.1 200 OK\r\n\r\nbody")
            peer.closeWhenWritten()
        } _: { bench in
            let client = try await bench.connect()
            client.write("\(line) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n\r\n")
            let all = try await client.received(upTo: "0\r\n\r\n")
            #expect(all.contains("Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"))
            client.close()
        }
    }
}
