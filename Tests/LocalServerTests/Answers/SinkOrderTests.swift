import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge
@testable import LocalServer

/// The listener's sink, fed with every order of events on a connection of its own. A trap would end the whole run.
@Suite struct SinkOrderTests {
    private struct Proxied {
        let bench: EmbeddedBench
        let client: EmbeddedClient
        let connection: ServerConnection

        /// A request that the engine has and does not answer.
        init() throws {
            self.bench = EmbeddedBench(answer: { _, _ in })
            self.client = try self.bench.client()
            try self.client.say("GET /info HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n\r\n")
            let handlers = self.client.socket.channel.pipeline.syncOperations
            let handler = try handlers.handler(type: ConnectionHandler.self)
            self.connection = try #require(handler.connection)
        }

        /// The sink under way, which `HTTPResponseSink(` of the decider has made.
        var sink: HTTPResponseSink? {
            guard case .proxying(_, let sink) = self.connection.machine.state else { return nil }
            return sink
        }
    }

    @Test func aResponseSinkAnswersOnceAndGivesAllItsMemoryBack() throws {
        var bytes = ByteBuffer(string: "HTTP/1.1 200 x\r\n\r\n")
        let head = try #require(try ResponseHeadParser.parse(&bytes)).head
        var proxied = try Proxied()
        try SinkOrders(head, .stream, tooMuch: 4096).drive(length: 4) {
            proxied = try Proxied()
            return try #require(proxied.sink)
        } check: { sink, order in
            try proxied.bench.run()
            let heads = proxied.client.text.ranges(of: "HTTP/1.1 ").count
            #expect(heads <= 1, "\(order)")
            if order.contains(where: \.isEnd) { #expect(heads == 1, "\(order)") }
            if SinkEvent.isHeadless(order), heads == 1 {
                #expect(proxied.client.text.hasPrefix("HTTP/1.1 502 "), "\(order)")
            }
            #expect((proxied.sink == nil) == order.contains(where: \.isEnd), "\(order)")
            // What is over must not be ended a second time.
            sink.abandon()
            sink.finish()
            proxied.client.socket.close()
            try proxied.bench.run()
            #expect(proxied.client.text.ranges(of: "HTTP/1.1 ").count == heads, "\(order)")
            #expect(proxied.bench.knownBytes == 0, "\(order)")
        }
    }
}
