import NIOCore
import Testing

@testable import Lookout

@Suite struct ConfigurationInventoryTests {
    private static func read(_ values: [String: String]) -> (settings: InventorySettings, problems: [String]) {
        var reader = EnvironmentReader(values)
        let settings = Configuration.inventory(&reader)
        return (settings, reader.problems)
    }

    @Test func byDefaultNoValueLeavesTheHostAndTheControllerMayAct() {
        let (settings, problems) = Self.read([:])
        #expect(problems == [])
        #expect(settings == InventorySettings(pollInterval: .seconds(300), sendsEnvironment: false, isReadOnly: false))
    }

    @Test func eachCanBeSet() {
        let (settings, problems) = Self.read(["DD_POLL_INTERVAL": "5", "SEND_ENV": "true", "READ_ONLY": "1"])
        #expect(problems == [])
        #expect(settings == InventorySettings(pollInterval: .seconds(5), sendsEnvironment: true, isReadOnly: true))
    }

    @Test(arguments: ["-1", "0", "4", "86401", "9223372036854775808", "often"])
    func anIntervalOutOfRangeIsRefused(text: String) {
        #expect(Self.read(["DD_POLL_INTERVAL": text]).problems.count == 1)
    }
}
