import DockerBridge
import NIOCore
import Testing

@testable import Lookout

@Suite struct ConfigurationLimitsTests {
    private static func read(_ values: [String: String]) -> (limits: RequestDispatcher.Limits, problems: [String]) {
        var reader = EnvironmentReader(values)
        let limits = Configuration.limits(&reader)
        return (limits, reader.problems)
    }

    @Test func theDefaultsAreThirtySecondsAndThirtyTwoMebibytesAndNoOrphans() {
        let (limits, problems) = Self.read([:])
        #expect(problems == [])
        #expect(limits.requestTimeout == .seconds(30))
        #expect(limits.memory == 32 << 20)
        #expect(limits.orphans == .kill)
    }

    @Test(arguments: [("5", 5), ("3600", 3600), ("0", nil)] as [(String, Int64?)])
    func aTimeoutIsInSecondsAndZeroWaitsForEver(text: String, seconds: Int64?) {
        #expect(Self.read(["REQUEST_TIMEOUT": text]).limits.requestTimeout == seconds.map { .seconds($0) })
    }

    @Test(arguments: [
        ("1m", 1 << 20), ("1048576", 1 << 20), ("2048k", 2 << 20), ("64M", 64 << 20), ("4g", 4 << 30), ("1G", 1 << 30),
    ])
    func aBudgetIsInBytesOrWithASuffix(text: String, bytes: Int) {
        let (limits, problems) = Self.read(["MEMORY_BUDGET": text])
        #expect(problems == [])
        #expect(limits.memory == bytes)
    }

    @Test(arguments: ["1048575", "1023k", "5g", "4097m", "9223372036854775807g", "-1m", "m", "32mb", "32 m", "1.5g"])
    func aBudgetThatIsNoneIsReported(text: String) {
        let (limits, problems) = Self.read(["MEMORY_BUDGET": text])
        #expect(problems == ["MEMORY_BUDGET is '\(text)'; it must be a number of bytes from 1m to 4g, as in 64m"])
        #expect(limits.memory == 32 << 20)
    }

    @Test func orphansAreKilledOrLeft() {
        #expect(Self.read(["EXEC_ORPHANS": "leave"]).limits.orphans == .leave)
        #expect(Self.read(["EXEC_ORPHANS": "KILL"]).limits.orphans == .kill)
        #expect(Self.read(["EXEC_ORPHANS": "no"]).problems == ["EXEC_ORPHANS is 'no'; it must be one of kill, leave"])
    }
}
