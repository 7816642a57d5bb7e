import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite(.timeLimit(.minutes(1))) struct AdapterDeskTests {
    private final class Trace {
        weak var desk: AdapterDesk?
    }

    /// Answers and logs that an engine still owes hold on to the desk, until it lets go of them.
    @Test(arguments: [false, true])
    func aTunnelThatIsGoneLeavesNothingBehind(isLive: Bool) async throws {
        try await WireBench.run(answer: { _, _ in }) { bench in
            let trace = try await bench.onLoop { _, dispatcher in
                let outbox = Outbox(eventLoop: dispatcher.eventLoop, memory: dispatcher.memory)
                let desk = AdapterDesk(outbox: outbox, dispatcher: dispatcher, audit: nil)
                let target = AdapterTarget(requestID: "l", containerID: "web")
                desk.take(.log(LogRequest(target: target, query: LogQuery(), isLive: isLive)))
                desk.abandon()
                let trace = Trace()
                trace.desk = desk
                return NIOLoopBound(trace, eventLoop: dispatcher.eventLoop)
            }
            #expect(try await bench.onLoop { _, _ in trace.value.desk == nil })
        }
    }
}
