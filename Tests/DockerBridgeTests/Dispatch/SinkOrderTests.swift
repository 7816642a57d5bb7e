import Logging
import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge

/// Every sink of the module, fed with every order of events. A trap would end the whole run.
@Suite struct SinkOrderTests {
    private let eventLoop = EmbeddedEventLoop()

    private static func orders(_ status: Int = 200, _ form: AnswerForm = .plain) throws -> SinkOrders {
        SinkOrders(try Self.head(status), form, tooMuch: 4096)
    }

    private static func head(_ status: Int) throws -> ResponseHead {
        var buffer = ByteBuffer(string: "HTTP/1.1 \(status) x\r\n\r\n")
        return try #require(try ResponseHeadParser.parse(&buffer)).head
    }

    /// Without an engine: each exchange stays open until it is cancelled.
    private func dispatcher() -> RequestDispatcher {
        let eventLoop = self.eventLoop
        let client = EngineClient(eventLoop: eventLoop) { _ in
            eventLoop.makePromise(of: (any Channel).self).futureResult
        }
        return RequestDispatcher(client: client)
    }

    @Test func aCollectingSinkEndsOnce() throws {
        let memory = MemoryBudget(limit: 8192)
        var results: [Result<CollectedResponse, BridgeError>] = []
        try Self.orders().drive {
            results = []
            return CollectingSink(limit: 1024, memory: memory) { results.append($0) }
        } check: { sink, order in
            sink.cancelled()
            #expect(memory.used == 0, "\(order)")
            #expect(results.count <= 1, "\(order)")
            if order.contains(where: \.isEnd) { #expect(results.count == 1, "\(order)") }
            if SinkEvent.isHeadless(order), let result = results.first {
                #expect(throws: BridgeError.self, "\(order)") { try result.get() }
            }
        }
    }

    @Test func aWarningSinkPassesEveryOrderOn() throws {
        var results = 0
        try Self.orders().drive {
            results = 0
            return WarningSink(CollectingSink(limit: 1024, memory: MemoryBudget()) { _ in results += 1 }, warning: "w")
        } check: { _, order in
            #expect(results <= 1, "\(order)")
        }
    }

    @Test(arguments: [200, 403]) func anEventFeedIsOverOnce(status: Int) throws {
        var ends = 0
        try Self.orders(status, .stream).drive {
            ends = 0
            return EngineStream<EventDigest>(after: EventCursor()) { _ in
            } whenFilled: {
                ends += 1
            }
        } check: { _, order in
            #expect(ends <= 1, "\(order)")
            if order.contains(where: \.isEnd) { #expect(ends == 1, "\(order)") }
        }
    }

    @Test(arguments: [200, 403]) func anEventTapAnswersOnce(status: Int) throws {
        var answers = 0
        try Self.orders(status, .stream).drive {
            answers = 0
            return EngineStream<EventQueue>(["start"], after: EventCursor()) { answers += $0 == nil ? 0 : 1 }
        } check: { _, order in
            #expect(answers <= 1, "\(order)")
            if order.contains(where: \.isEnd) { #expect(answers == 1, "\(order)") }
        }
    }

    @Test(arguments: [200, 403]) func aLogReaderEndsItsLogOnce(status: Int) throws {
        var log = CountingLog()
        try Self.orders(status, .stream).drive {
            log = CountingLog()
            return LogReader(
                containerID: "c",
                query: LogQuery(),
                dispatcher: self.dispatcher(),
                asker: .agent,
                sink: log
            )
        } check: { _, order in
            #expect(log.ends + log.failures <= 1, "\(order)")
            if order.contains(where: \.isEnd) { #expect(log.ends + log.failures == 1, "\(order)") }
            #expect(log.bytesBehindTheEnd == 0, "\(order)")
            if SinkEvent.isHeadless(order) { #expect(log.ends == 0, "\(order)") }
        }
    }

    @Test(arguments: [101, 200], [false, true]) func anExecSessionEndsOnce(status: Int, isStarted: Bool) throws {
        let spec = ExecSpec(containerID: "c", command: ["sh"])
        var (owner, engine) = (CountingExec(), VirtualEngine())
        try Self.orders(status, .stream).drive {
            (owner, engine) = (CountingExec(), VirtualEngine())
            let session = ExecSession(
                spec: spec,
                dispatcher: engine.dispatcher,
                asker: .controller,
                sink: owner,
                logger: EngineBench.logger
            )
            guard isStarted else { return session }
            session.start()
            engine.eventLoop.run()
            try engine.says("HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{\"Id\":\"e\"}")
            return session
        } check: { session, order in
            #expect(owner.ends <= 1, "\(order)")
            session.abandon()
        }
    }
}

private final class CountingLog: LogSink {
    var isWritable: Bool { true }
    private(set) var ends = 0
    private(set) var failures = 0
    private(set) var bytesBehindTheEnd = 0

    func logBegan() {}
    func log(_ text: ByteBuffer, _ stream: StdStream) {
        if self.ends + self.failures > 0 { self.bytesBehindTheEnd += text.readableBytes }
    }
    func logEnded() { self.ends += 1 }
    func logFailed(_ failure: LogFailure) { self.failures += 1 }
}

private final class CountingExec: ExecSink {
    var isWritable: Bool { true }
    private(set) var ends = 0

    func execReady() {}
    func execOutput(_ bytes: ByteBuffer, stream: StdStream?) {}
    func execBurstEnded() {}
    func execInputDrained() {}
    func execEnded(_ end: ExecEnd) { self.ends += 1 }
}
