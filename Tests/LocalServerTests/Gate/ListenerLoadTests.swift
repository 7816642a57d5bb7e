import Testing

@testable import LocalServer

@Suite struct ListenerLoadTests {
    private static func load(upgrades: Int = 100, streams: Int? = nil) -> ListenerLoad {
        ListenerLoad(
            maximumConnections: 4096,
            memoryBudget: 64 << 20,
            maximumUpgrades: upgrades,
            maximumStreams: streams
        )
    }

    @Test func asManyUpgradesBeginAsTheSettingAllows() {
        let load = Self.load(upgrades: 2)
        #expect((0..<4).map { _ in load.upgradeBegan() } == [true, true, false, false])
        #expect(load.openUpgrades == 2, "a refused upgrade takes no place")
        load.upgradeEnded()
        #expect(load.openUpgrades == 1)
        #expect((0..<2).map { _ in load.upgradeBegan() } == [true, false])
        #expect(load.openStreams == 0, "an upgrade is not a stream")
    }

    @Test func asManyStreamsBeginAsTheSettingAllows() {
        let load = Self.load(upgrades: 1, streams: 2)
        #expect((0..<4).map { _ in load.streamBegan() } == [true, true, false, false])
        #expect(load.openStreams == 2, "a refused stream takes no place")
        load.streamEnded()
        #expect(load.openStreams == 1)
        #expect((0..<2).map { _ in load.streamBegan() } == [true, false])
        #expect(load.openUpgrades == 0, "a stream is not an upgrade")
    }

    @Test func withoutItsSettingStreamsHaveNoLimit() {
        let load = Self.load(upgrades: 1)
        for _ in 0..<5000 { #expect(load.streamBegan()) }
        #expect(load.openStreams == 5000)
    }
}
