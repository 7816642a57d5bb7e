import Testing

@testable import DockerBridge

@Suite struct ProcFiguresTests {
    @Test func memoryIsInBytes() {
        var figures = HostFigures()
        figures.readMemory("MemTotal:  1000 kB\nMemFree: 300 kB\nMemAvailable: 700 kB\nHugePages_Total: 0\n")
        #expect(figures.memoryTotal == 1_024_000)
        #expect(figures.memoryUsed == 716_800)
        #expect(figures.memoryFree == 716_800)
    }

    @Test func anOldKernelDoesNotSayWhatIsAvailable() {
        var figures = HostFigures()
        figures.readMemory("MemTotal: 1000 kB\nMemFree: 300 kB\nBuffers: 100 kB\nCached: 200 kB\n")
        #expect(figures.memoryFree == 600 * 1024)
    }

    @Test func allInterfacesButLoopbackCount() {
        var figures = HostFigures()
        figures.readNetwork(
            """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo
                lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0
              eth0: 10 1 0 0 0 0 0 0 20 1 0 0 0 0 0 0
            veth12:30 1 0 0 0 0 0 0 40 1 0 0 0 0 0 0
              odd0: 5 1
            """
        )
        #expect(figures.networkReceived == 40)
        #expect(figures.networkSent == 60)
    }

    @Test func uptimeIsInWholeSeconds() {
        var figures = HostFigures()
        figures.readUptime("1234.56 7.00\n")
        #expect(figures.uptime == 1234)
    }

    @Test(arguments: ["", "\n", ":", "MemTotal:", "MemTotal: x kB", "eth0:", "eth0: -", "99999999999999999999.1"])
    func oddTextsAreZero(text: String) {
        var figures = HostFigures()
        figures.readMemory(text)
        figures.readNetwork(text)
        figures.readUptime(text)
        #expect(figures == HostFigures())
    }
}
