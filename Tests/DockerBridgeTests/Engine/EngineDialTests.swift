import NIOCore
import NIOEmbedded
import Testing

@testable import DockerBridge

@Suite struct EngineDialTests {
    private let eventLoop = EmbeddedEventLoop()

    private func open(_ client: EngineClient) -> (exchange: EngineExchange, sink: RecordingSink) {
        let sink = RecordingSink(eventLoop: self.eventLoop)
        let request = BridgeRequest(method: "GET", target: "/info", asker: .agent)
        return (client.open(request, form: .plain, timeout: nil, sink: sink), sink)
    }

    /// An engine that answers no SYN: cancelling an exchange does not end its dial.
    @Test func dialsUnderWayHaveALimit() throws {
        let eventLoop = self.eventLoop
        var dials: [EventLoopPromise<any Channel>] = []
        let client = EngineClient(eventLoop: eventLoop) { _ in
            dials.append(eventLoop.makePromise())
            return dials[dials.count - 1].futureResult
        }
        for _ in 0..<EngineClient.maximumDials { self.open(client).exchange.cancel() }
        #expect(dials.count == EngineClient.maximumDials)

        let refused = self.open(client)
        #expect(refused.sink.recorded.errorCode == nil)
        eventLoop.run()
        #expect(dials.count == EngineClient.maximumDials)
        #expect(refused.sink.recorded.errorCode == .engineUnreachable)
        #expect(refused.sink.recorded.errorDetail == "too many connections to the engine are being opened")
        #expect(refused.exchange.isOver)

        // One that has failed makes room for one more.
        dials[0].fail(ChannelError.connectTimeout(.seconds(10)))
        let last = self.open(client)
        eventLoop.run()
        #expect(dials.count == EngineClient.maximumDials + 1)
        #expect(!last.exchange.isOver)
        for dial in dials.dropFirst() { dial.fail(ChannelError.connectTimeout(.seconds(10))) }
        #expect(last.sink.recorded.errorCode == .engineUnreachable)
    }
}
