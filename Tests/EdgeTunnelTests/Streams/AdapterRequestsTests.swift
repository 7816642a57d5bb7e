import DockerBridge
import Drydock
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct AdapterRequestsTests {
    private final class Trace {
        weak var requests: AdapterRequests?
    }

    /// Answers and logs that an engine still owes hold on to the requests, until it lets go of them.
    @Test(arguments: [false, true])
    func aTunnelThatIsGoneLeavesNothingBehind(isLive: Bool) async throws {
        try await WireBench.run(answer: { _, _ in }) { bench in
            let trace = try await bench.onLoop { _, dispatcher in
                let outbox = Outbox(eventLoop: dispatcher.eventLoop, memory: dispatcher.memory)
                let requests = AdapterRequests(outbox: outbox, dispatcher: dispatcher, audit: nil)
                let target = AdapterTarget(requestID: "l", containerID: "web")
                requests.take(.log(LogRequest(target: target, query: LogQuery(), isLive: isLive)))
                requests.abandon()
                let trace = Trace()
                trace.requests = requests
                return NIOLoopBound(trace, eventLoop: dispatcher.eventLoop)
            }
            #expect(try await bench.onLoop { _, _ in trace.value.requests == nil })
        }
    }
}
