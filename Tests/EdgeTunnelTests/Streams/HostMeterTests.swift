import DockerBridge
import NIOCore
import NIOPosix
import Support
import Testing

@testable import EdgeTunnel

@Suite struct HostMeterTests {
    @Test func samplesComeAtOnceThenAtTheIntervalUntilItStops() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let taken = Mailbox<Int>()
        let meter = try await loop.submit {
            let meter = HostMeter(eventLoop: loop, interval: .milliseconds(1)) {
                var figures = HostFigures()
                figures.cpuCores = 4
                return figures
            }
            meter.start { taken.put($0.cpuCores) }
            return NIOLoopBound(meter, eventLoop: loop)
        }.get()
        for _ in 0..<3 { #expect(try await taken.next() == 4) }
        try await loop.submit { meter.value.stop() }.get()
        try await group.shutdownGracefully()
    }
}
