import Testing

@testable import EdgeTunnel

@Suite struct ReloadRuleTests {
    private static func delay(key: Bool = false, trust: Bool = false, parked: Bool = false) -> Duration? {
        ReloadRule.wait(hasNewKey: key, hasNewTrust: trust, isParked: parked, spread: .seconds(5), slot: 0.5)
    }

    @Test func aLogThatIsRotatedDialsNothing() {
        #expect(Self.delay() == nil)
    }

    @Test func aNewKeyDialsAtOnce() {
        #expect(Self.delay(key: true) == .zero)
        #expect(Self.delay(key: true, trust: true, parked: true) == .zero)
    }

    @Test func aParkedAgentAndNewCertificatesWaitTheirSlot() {
        #expect(Self.delay(parked: true) == .seconds(2.5))
        #expect(Self.delay(trust: true) == .seconds(2.5))
    }
}
