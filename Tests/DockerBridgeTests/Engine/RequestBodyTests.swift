import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge

/// The body of a request is held until the kernel has it, and no longer.
@Suite(.timeLimit(.minutes(1))) struct RequestBodyTests {
    private static let large = ByteBuffer(repeating: UInt8(ascii: "b"), count: 1 << 20)

    private static func open(
        _ engine: VirtualEngine,
        _ method: String = "POST",
        body: ByteBuffer
    ) throws -> EngineExchange {
        let sink = RecordingSink(eventLoop: engine.eventLoop)
        let request = BridgeRequest(method: method, target: "/x", asker: .agent, body: body)
        let exchange = try #require(engine.dispatcher.dispatch(request, to: sink))
        engine.eventLoop.run()
        return exchange
    }

    @Test(arguments: [1, RequestHeadWriter.maximumInlineBytes, RequestHeadWriter.maximumInlineBytes + 1, 1 << 20])
    func aBodyThatWasSentIsNotHeld(count: Int) throws {
        let engine = VirtualEngine()
        let body = ByteBuffer(repeating: UInt8(ascii: "b"), count: count)
        let exchange = try Self.open(engine, body: body)
        #expect(exchange.request.body == nil)
        #expect(try engine.hears().hasSuffix("\r\n\r\n" + String(buffer: body)))
    }

    @Test func aLargeBodyIsNotCopiedBehindItsHead() throws {
        let engine = VirtualEngine()
        _ = try Self.open(engine, body: Self.large)
        let connection = try #require(engine.connections.last)
        let head = try #require(try connection.readOutbound(as: ByteBuffer.self))
        #expect(String(buffer: head).hasSuffix("Content-Length: 1048576\r\n\r\n"))
        #expect(try connection.readOutbound(as: ByteBuffer.self) == Self.large)
    }

    @Test func aRequestThatIsGivenUpBeforeItWasSentHoldsNothing() throws {
        let loop = EmbeddedEventLoop()
        let dial = loop.makePromise(of: (any Channel).self)
        let client = EngineClient(eventLoop: loop) { _ in dial.futureResult }
        let request = BridgeRequest(method: "POST", target: "/x", asker: .agent, body: Self.large)
        let sink = RecordingSink(eventLoop: loop)
        let exchange = try #require(RequestDispatcher(client: client).dispatch(request, to: sink))
        #expect(exchange.request.body != nil)
        exchange.cancel()
        #expect(exchange.request.body == nil, "the dial that is under way still holds the exchange")
        dial.fail(ChannelError.eof)
        loop.run()
    }

    /// It was given away with the first attempt.
    @Test func aReadWithABodyIsNotRepeated() async throws {
        let answer: FakeEngine.Answer = { request, peer in
            if request.target.hasSuffix("/first") { peer.respond(200, "ok") } else { peer.close() }
        }
        try await EngineBench.run(answer: answer) { bench in
            _ = try await bench.send("GET", "/first")
            let answer = try await bench.send("GET", "/second", body: "{}")
            #expect(answer.errorCode == .engineUnreachable)
            #expect(bench.engine.requests.count == 2)
        }
    }
}
