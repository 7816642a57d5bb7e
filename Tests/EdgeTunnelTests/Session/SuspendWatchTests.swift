import Testing

@testable import EdgeTunnel

@Suite struct SuspendWatchTests {
    @Test func aJumpOfTheBootClockIsASleep() {
        var watch = SuspendWatch()
        let readings: [(boot: Int64, monotonic: Int64)] = [
            (1_000_000, 400_000), (1_010_000, 410_000), (1_024_999, 420_000), (1_034_999, 425_000),
            (1_039_999, 430_000),
        ]
        let slept = readings.map {
            watch.hasSlept(boot: .milliseconds($0.boot), monotonic: .milliseconds($0.monotonic))
        }
        #expect(slept == [false, false, false, true, false])
    }

    @Test func aHostThatIsAwakeNeverSlept() {
        var watch = SuspendWatch()
        let slept = (0..<3).map { _ in watch.hasSlept() }
        #expect(slept == [false, false, false])
    }
}
