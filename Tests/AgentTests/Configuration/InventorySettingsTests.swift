import DockerBridge
import NIOCore
import Testing

@testable import Agent

@Suite struct InventorySettingsTests {
    private static func read(_ values: [String: String]) -> (settings: InventorySettings, problems: [String]) {
        var reader = EnvironmentReader(values)
        let settings = InventorySettings(&reader)
        return (settings, reader.problems)
    }

    @Test func byDefaultNoValueLeavesTheHost() {
        let (settings, problems) = Self.read([:])
        #expect(problems == [])
        #expect(
            settings
                == InventorySettings(
                    pollInterval: .seconds(300),
                    sendsEnvironment: false,
                    host: HostSampler.Settings()
                )
        )
    }

    @Test func eachCanBeSet() {
        let (settings, problems) = Self.read([
            "DD_POLL_INTERVAL": "5", "SEND_ENV": "true", "HOST_PROC": "/host/proc",
            "HOST_ROOT": "/host/root", "SKIP_DF_COLLECTION": "true",
        ])
        #expect(problems == [])
        #expect(settings.pollInterval == .seconds(5))
        #expect(settings.sendsEnvironment)
        #expect(settings.host.proc == "/host/proc")
        #expect(settings.host.isProcForeign)
        #expect(settings.host.root == "/host/root")
        #expect(settings.host.skipsDisk)
    }

    @Test(arguments: ["-1", "0", "86401", "9223372036854775808", "often"])
    func anIntervalOutOfRangeIsRefused(text: String) {
        #expect(Self.read(["DD_POLL_INTERVAL": text]).problems.count == 1)
    }

    @Test(arguments: 1...4) func anIntervalThatIsTooShortIsFive(seconds: Int) {
        var reader = EnvironmentReader(["DD_POLL_INTERVAL": "\(seconds)"])
        #expect(InventorySettings(&reader).pollInterval == .seconds(5))
        #expect(reader.warnings == ["DD_POLL_INTERVAL is \(seconds); the shortest interval, 5, is used"])
    }
}
