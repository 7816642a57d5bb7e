import NIOCore
import NIOEmbedded
import Support
import Testing

@testable import DockerBridge

/// What a stop gives its container comes on top of `REQUEST_TIMEOUT`, and work has no limit but through the tunnel: on a
/// virtual clock, through both doors.
@Suite struct StopDeadlineTests {
    private static let inspect = "GET /v1.44/containers/web/json "

    private let engine: VirtualEngine

    init() {
        var limits = RequestDispatcher.Limits()
        limits.requestTimeout = .seconds(30)
        self.engine = VirtualEngine(limits)
    }

    @Test(
        arguments: [
            ("/containers/web/stop?t=60", 90), ("/v1.44/containers/web/restart?t=5", 35), ("/containers/web/kill", 40),
            ("/libpod/containers/web/stop?timeout=70", 100), ("/containers/web/rename?name=a", 30),
        ] as [(String, Int64)],
        [false, true]
    )
    func theTimeOfTheRequestComesOnTop(asked: (target: String, seconds: Int64), proxied: Bool) {
        let sink = self.engine.open(asked.target, method: "POST", proxied: proxied)
        self.engine.wait(.seconds(asked.seconds - 1))
        #expect(sink.recorded.errorCode == nil)
        self.engine.wait(.seconds(2))
        #expect(sink.recorded.errorCode == .timedOut)
        #expect(self.engine.connections.count == 1, "nothing else was asked")
    }

    @Test(arguments: [false, true]) func withoutOneTheContainersOwnTimeCounts(proxied: Bool) throws {
        let sink = self.engine.open("/containers/web/stop", method: "POST", proxied: proxied)
        self.engine.wait(.seconds(39))
        #expect(self.engine.connections.count == 1, "a stop that takes no longer than usual costs no other request")
        self.engine.wait(.seconds(2))
        #expect(try self.engine.hears().hasPrefix(Self.inspect))
        try self.engine.answers(#"{"Id":"1","Config":{"StopTimeout":60}}"#)
        self.engine.wait(.seconds(48))
        #expect(sink.recorded.errorCode == nil)
        self.engine.wait(.seconds(2))
        #expect(sink.recorded.errorCode == .timedOut)
        #expect(self.engine.connections.count == 2, "it is asked once")
    }

    /// Labels may be many.
    @Test func aLargeDocumentIsReadToo() throws {
        let sink = self.engine.open("/containers/web/stop", method: "POST", proxied: true)
        self.engine.wait(.seconds(41))
        let label = String(repeating: "a", count: 2 << 20)
        try self.engine.answers(#"{"Config":{"Labels":{"a":"\#(label)"},"StopTimeout":60}}"#)
        self.engine.wait(.seconds(48))
        #expect(sink.recorded.errorCode == nil)
        self.engine.wait(.seconds(2))
        #expect(sink.recorded.errorCode == .timedOut)
    }

    /// The engine was waited for 40 s before it was asked.
    @Test func anErrorNamesNoLessThanWasWaitedFor() throws {
        let sink = self.engine.open("/containers/web/stop", method: "POST", proxied: true)
        self.engine.wait(.seconds(41))
        try self.engine.answers(#"{"Config":{"StopTimeout":1}}"#)
        #expect(sink.recorded.errorCode == .timedOut)
        #expect(sink.recorded.waitedSeconds == 40)
    }

    /// One that has failed may cancel others which are late, too.
    @Test func aStopThatIsCancelledAsItBecomesLateIsNotAskedFor() throws {
        let first = self.engine.open("/containers/other/kill", method: "POST", proxied: true)
        let sink = RecordingSink(eventLoop: self.engine.eventLoop)
        let request = BridgeRequest(method: "POST", target: "/containers/web/stop", asker: .agent)
        let exchange = try #require(self.engine.dispatcher.proxy(request, sink: sink))
        first.end.futureResult.assumeIsolated().whenComplete { _ in exchange.cancel() }
        self.engine.wait(.seconds(41))
        #expect(first.recorded.errorCode == .timedOut)
        #expect(self.engine.connections.count == 2, "the engine is not asked for its container")
    }

    @Test func aContainerThatIsWaitedForAsLongAsItTakesHasNoDeadline() throws {
        let sink = self.engine.open("/containers/web/restart", method: "POST", proxied: true)
        self.engine.wait(.seconds(41))
        try self.engine.answers(#"{"Config":{"StopTimeout":-1}}"#)
        self.engine.wait(.hours(1))
        #expect(sink.recorded.errorCode == nil)
        try self.engine.connections[0].writeInbound(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n"))
        #expect(sink.recorded.status == 204)
    }

    @Test(arguments: [
        #"{"Config":{}}"#, #"{"Config":{"StopTimeout":10}}"#, #"{"Config":{"StopTimeout":"long"}}"#, "[]", "no JSON",
    ])
    func whereTheContainerSaysNothingLongerTheTimeIsUp(document: String) throws {
        let sink = self.engine.open("/containers/web/stop", method: "POST", proxied: false)
        self.engine.wait(.seconds(41))
        #expect(sink.recorded.errorCode == nil)
        try self.engine.answers(document)
        #expect(sink.recorded.errorCode == .timedOut)
    }

    @Test func anEngineThatDoesNotSayEither() {
        let sink = self.engine.open("/containers/web/stop", method: "POST", proxied: false)
        self.engine.wait(.seconds(49))
        #expect(sink.recorded.errorCode == nil)
        self.engine.wait(.seconds(4))
        #expect(sink.recorded.errorCode == .timedOut)
    }

    @Test func aStopThatEndsWhileTheEngineIsAskedIsOver() throws {
        let sink = self.engine.open("/containers/web/stop", method: "POST", proxied: false)
        self.engine.wait(.seconds(41))
        try self.engine.connections[0].writeInbound(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n"))
        #expect(sink.recorded.status == 204)
        try self.engine.answers(#"{"Config":{"StopTimeout":1}}"#)
        #expect(sink.recorded.errorCode == nil)
    }

    /// Over the tunnel, too: a controller that waits for a container waits for its end.
    @Test(
        arguments: ["/containers/web/wait", "/libpod/containers/web/wait", "/new/x/wait", "/containers/web/stop?t=-1"],
        [false, true]
    )
    func theEndOfAContainerIsWaitedForWithoutADeadline(target: String, proxied: Bool) {
        let sink = self.engine.open(target, method: "POST", proxied: proxied)
        self.engine.wait(.hours(2))
        #expect(sink.recorded.errorCode == nil)
    }

    private static let work = [
        ("DELETE", "/containers/web"), ("DELETE", "/libpod/pods/p"), ("POST", "/images/prune"), ("GET", "/system/df"),
        ("POST", "/containers/web/update"), ("POST", "/plugins/p/enable"), ("POST", "/swarm/leave"),
        ("POST", "/libpod/pods/p/stop"),
    ]

    @Test(arguments: work) func workHasNoDeadline(method: String, target: String) {
        let sink = self.engine.open(target, method: method, proxied: true)
        self.engine.wait(.hours(2))
        #expect(sink.recorded.errorCode == nil)
    }

    /// A controller cannot cancel, and a request that hangs has one of its places.
    @Test(arguments: work) func overTheTunnelWorkHasAnHour(method: String, target: String) {
        let sink = self.engine.open(target, method: method, proxied: false)
        self.engine.wait(.seconds(3599))
        #expect(sink.recorded.errorCode == nil)
        self.engine.wait(.seconds(2))
        #expect(sink.recorded.errorCode == .timedOut)
        let detail = "the engine did not answer within 1 h and may go on; REQUEST_TIMEOUT=0 lifts this limit"
        #expect(sink.recorded.errorDetail == detail)
    }

    @Test(arguments: work) func withoutALimitForRequestsWorkOverTheTunnelHasNone(method: String, target: String) {
        var limits = RequestDispatcher.Limits()
        limits.requestTimeout = nil
        let engine = VirtualEngine(limits)
        let sink = engine.open(target, method: method, proxied: false)
        engine.wait(.hours(2))
        #expect(sink.recorded.errorCode == nil)
    }

    /// Statistics that go on are gathered whole there.
    @Test func overTheTunnelWhatNeverEndsStillHasOne() {
        let sink = self.engine.open("/containers/web/stats", proxied: false)
        self.engine.wait(.seconds(31))
        #expect(sink.recorded.errorCode == .timedOut)
    }
}

extension VirtualEngine {
    /// A complete answer on the connection that was made last.
    fileprivate func answers(_ body: String) throws {
        try self.says("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }
}
