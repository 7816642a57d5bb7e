import NIOCore
import NIOPosix
import Support
import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct DialTimingsTests {
    private struct Broken: Error {}

    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    private func failure(
        of future: EventLoopFuture<Int>,
        _ phase: DialPhase = .tls,
        within limit: TimeAmount = .minutes(1)
    ) async -> String {
        var timings = DialTimings(eventLoop: self.loop)
        do throws(DialError) {
            _ = try await timings.take(phase, within: limit, explain: { .failed(phase, "because \($0)") }, future)
            return "none"
        } catch {
            #expect(timings.phases.entries.map(\.phase) == [phase], "a hop that failed was taken too")
            return error.end.description
        }
    }

    @Test func aValueComesThroughAndItsTimeIsKept() async throws {
        var timings = DialTimings(eventLoop: self.loop)
        let value = try await timings.take(
            .dns,
            within: .minutes(1),
            explain: { .failed(.dns, "\($0)") },
            self.loop.makeSucceededFuture(7)
        )
        #expect(value == 7)
        #expect(timings.phases.entries.map(\.phase) == [.dns])
    }

    @Test func anErrorIsExplainedUnlessItExplainsItself() async {
        #expect(await self.failure(of: self.loop.makeFailedFuture(Broken())) == "tls failed: because Broken()")
        let own = DialError.failed(.tls, "in its own words")
        #expect(await self.failure(of: self.loop.makeFailedFuture(own)) == "tls failed: in its own words")
    }

    @Test(
        arguments: [
            (DialPhase.dns, "dns failed: the name server did not answer within 0.1 s"),
            (.tls, "tls failed: the TLS handshake was not done within 0.1 s"),
            (.proxy, "proxy failed: the proxy did not answer within 0.1 s"),
        ]
    )
    func aHopThatTakesTooLongSaysWhichAndAfterHowLong(phase: DialPhase, text: String) async {
        let promise = self.loop.makePromise(of: Int.self)
        #expect(await self.failure(of: promise.futureResult, phase, within: .milliseconds(60)) == text)
        promise.succeed(1)
    }

    @Test func whatComesTooLateIsHandedOver() async throws {
        let promise = self.loop.makePromise(of: Int.self)
        let late = Mailbox<Int>()
        var timings = DialTimings(eventLoop: self.loop)
        await #expect(throws: DialError.self) {
            try await timings.take(
                .tcp,
                within: .milliseconds(1),
                late: { late.put($0) },
                explain: { .failed(.tcp, "\($0)") },
                promise.futureResult
            )
        }
        promise.succeed(9)
        #expect(try await late.next() == 9)
    }

    @Test func aCancelledDialDoesNotWait() async {
        let promise = self.loop.makePromise(of: Int.self)
        let task = Task { await self.failure(of: promise.futureResult) }
        task.cancel()
        #expect(await task.value == "tls failed: given up")
        promise.succeed(1)
    }
}
