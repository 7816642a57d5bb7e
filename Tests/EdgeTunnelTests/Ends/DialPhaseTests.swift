import Testing

@testable import EdgeTunnel

@Suite struct DialPhaseTests {
    @Test func theNamesAreForEver() {
        #expect(DialPhase.allCases.map(\.rawValue) == ["dns", "tcp", "proxy", "tls", "upgrade", "hello", "welcome"])
    }

    @Test func theHopsAreKeptInOrder() {
        var timings = PhaseTimings()
        timings.record(.dns, .milliseconds(1))
        timings.record(.tcp, .milliseconds(2))
        #expect(timings.entries.map(\.phase) == [.dns, .tcp])
        #expect(timings.entries.map(\.duration) == [.milliseconds(1), .milliseconds(2)])
    }

    @Test func aHopInTwoStepsIsOne() {
        var timings = PhaseTimings()
        timings.record(.proxy, .milliseconds(1))
        timings.record(.proxy, .milliseconds(2))
        timings.record(.tls, .milliseconds(4))
        #expect(timings.entries.map(\.duration) == [.milliseconds(3), .milliseconds(4)])
    }
}
