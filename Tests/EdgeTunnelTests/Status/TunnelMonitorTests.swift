import NIOCore
import NIOEmbedded
import Testing

@testable import EdgeTunnel

@Suite struct TunnelMonitorTests {
    @Test func whatIsWrittenIsRead() async {
        let monitor = TunnelMonitor()
        let before = await monitor.status
        monitor.update { $0.dials = 3 }
        #expect(await monitor.status.dials == 3)
        #expect(await monitor.status.since == before.since)
        monitor.update { $0.state = .connected }
        #expect(monitor.isConnected)
        #expect(await monitor.status.since > before.since)
    }

    @Test func theLoadIsAskedForWhenSomebodyLooks() async {
        let monitor = TunnelMonitor()
        let loop = NIOAsyncTestingEventLoop()
        monitor.setProbe { loop.makeSucceededFuture(TunnelStatus.Load(requests: 2, execs: 1, queuedBytes: 9)) }
        #expect(await monitor.status.load == TunnelStatus.Load(requests: 2, execs: 1, queuedBytes: 9))
        monitor.setProbe(nil)
        #expect(await monitor.status.load == TunnelStatus.Load())
    }

    @Test func aSessionThatIsGoneMeanwhileIsNoFault() async {
        struct Gone: Error {}
        let monitor = TunnelMonitor()
        let loop = NIOAsyncTestingEventLoop()
        monitor.setProbe { loop.makeFailedFuture(Gone()) }
        #expect(await monitor.status.load == TunnelStatus.Load())
    }
}
