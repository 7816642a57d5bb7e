import NIOCore
import NIOEmbedded
import Support
import Synchronization
import Testing

@testable import DockerBridge

/// Large bodies are judged away from the loop, which serves others meanwhile. The engine hears of a request only once it was
/// admitted.
@Suite struct JudgmentQueueTests {
    /// Judges when it is told to.
    private final class Bench {
        let virtual: VirtualEngine
        private let judges = Judges()
        private let policy: RecordingPolicy

        init(_ verdict: AdmissionVerdict = .admitted) {
            self.policy = RecordingPolicy(always: verdict)
            var limits = RequestDispatcher.Limits()
            limits.admission = self.policy
            limits.requestTimeout = .seconds(30)
            let judge = self.judges.perform
            self.virtual = VirtualEngine(limits) {
                RequestDispatcher(client: $0, limits: $1, processes: .real, judge: judge)
            }
        }

        func create(bytes: Int = JudgmentQueue.inlineBytes + 1) -> (sink: RecordingSink, exchange: EngineExchange?) {
            let sink = RecordingSink(eventLoop: self.virtual.eventLoop)
            let body = ByteBuffer(repeating: 0x20, count: bytes)
            let request = BridgeRequest(
                method: "POST",
                target: "/containers/create?name=web",
                asker: .agent,
                body: body
            )
            let exchange = self.virtual.dispatcher.proxy(request, sink: sink)
            self.virtual.eventLoop.run()
            return (sink, exchange)
        }

        /// Judgments that were begun and are not done.
        var underWay: Int { self.judges.pending.withLock { $0.count } }
        var judged: Int { self.policy.questions.count }

        func judgeOne() throws {
            let next = self.judges.pending.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            let (judgment, promise) = try #require(next, "a judgment is under way")
            promise.succeed(judgment())
            self.virtual.eventLoop.run()
        }
    }

    private final class Judges: Sendable {
        let pending = Mutex<[(judgment: JudgmentQueue.Judgment, promise: EventLoopPromise<AdmissionVerdict>)]>([])

        func perform(
            _ eventLoop: any EventLoop,
            _ judgment: @escaping JudgmentQueue.Judgment
        ) -> EventLoopFuture<AdmissionVerdict> {
            let promise = eventLoop.makePromise(of: AdmissionVerdict.self)
            self.pending.withLock { $0.append((judgment, promise)) }
            return promise.futureResult
        }
    }

    @Test func theLoopServesOthersWhileALargeBodyIsJudged() throws {
        let bench = Bench()
        let (sink, _) = bench.create()
        #expect(bench.underWay == 1)
        #expect(bench.judged == 0)
        #expect(bench.virtual.connections.isEmpty)
        let other = bench.virtual.open("/version", proxied: true)
        try bench.virtual.says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(other.recorded.status == 200)
        _ = try bench.virtual.hears()
        try bench.judgeOne()
        #expect(try bench.virtual.hears().hasPrefix("POST /containers/create?name=web HTTP/1.1\r\n"))
        try bench.virtual.says("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        #expect(sink.recorded.status == 201)
    }

    @Test func aVerdictCountsAsIfItHadComeAtOnce() throws {
        let refusing = Bench(.refused(ByteBuffer(string: "{}")))
        let (refused, _) = refusing.create()
        try refusing.judgeOne()
        #expect(refused.recorded.status == 403)
        #expect(refused.recorded.body == "{}")
        #expect(refusing.virtual.connections.isEmpty)
        let warning = Bench(.warned("299 lookout \"rule\""))
        let (warned, _) = warning.create()
        try warning.judgeOne()
        try warning.virtual.says("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        #expect(warned.recorded.warning == "299 lookout \"rule\"")
    }

    @Test func aSmallBodyIsJudgedAtOnce() {
        let bench = Bench()
        _ = bench.create(bytes: JudgmentQueue.inlineBytes)
        #expect(bench.underWay == 0)
        #expect(bench.judged == 1)
        #expect(bench.virtual.connections.count == 1)
    }

    @Test func fewAreJudgedAtATimeAndABoundedNumberWaits() throws {
        let bench = Bench()
        let most = JudgmentQueue.atOnce + JudgmentQueue.longest
        let all = (0..<most).map { _ in bench.create() }
        #expect(bench.underWay == JudgmentQueue.atOnce)
        let (tooMany, exchange) = bench.create()
        #expect(exchange == nil)
        #expect(tooMany.recorded.errorDetail == "too many containers wait to be judged; ask again")
        for _ in all { try bench.judgeOne() }
        #expect(bench.judged == most)
        #expect(bench.underWay == 0)
    }

    /// Neither the one that is given up nor its body stays: its place is free at once.
    @Test func whatIsGivenUpIsNotJudged() throws {
        let bench = Bench()
        let begun = (0..<JudgmentQueue.atOnce).map { _ in bench.create() }
        var waiting = (0..<JudgmentQueue.longest).map { _ in bench.create() }
        weak let forgotten = waiting.last?.exchange
        for (_, exchange) in begun + waiting { exchange?.cancel() }
        waiting = []
        #expect(forgotten == nil)
        let (_, exchange) = bench.create()
        #expect(exchange != nil)
        for _ in begun { try bench.judgeOne() }
        #expect(bench.virtual.connections.isEmpty)
        #expect(bench.underWay == 1)
        try bench.judgeOne()
        #expect(bench.judged == JudgmentQueue.atOnce + 1)
        #expect(bench.virtual.connections.count == 1)
    }

    /// Its client may still hold it.
    @Test func whatIsGivenUpWhileItWaitsIsNotJudged() throws {
        let bench = Bench()
        let begun = (0..<JudgmentQueue.atOnce).map { _ in bench.create() }
        let (_, waiting) = bench.create()
        waiting?.cancel()
        for _ in begun { try bench.judgeOne() }
        #expect(waiting != nil)
        #expect(bench.underWay == 0)
        #expect(bench.judged == JudgmentQueue.atOnce)
    }

    @Test func theDeadlineRunsWhileABodyIsJudged() throws {
        let bench = Bench()
        let (sink, _) = bench.create()
        bench.virtual.wait(.seconds(32))
        #expect(sink.recorded.errorCode == .timedOut)
        try bench.judgeOne()
        #expect(bench.virtual.connections.isEmpty)
    }
}
