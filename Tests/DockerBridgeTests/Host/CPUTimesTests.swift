import Testing

@testable import DockerBridge

@Suite struct CPUTimesTests {
    private func times(_ line: String) throws -> CPUTimes { try #require(CPUTimes(parsing: line)) }

    @Test func idleAndWaitingAreNotBusy() throws {
        let times = try self.times("cpu  10 1 20 500 30 2 3 4 99 98\ncpu0 1 1 1 1\n")
        #expect(times.idle == 530)
        #expect(times.busy == 40)
    }

    @Test func theShareIsThatOfTheTimeBetween() throws {
        let (first, second) = (try self.times("cpu 10 0 10 80"), try self.times("cpu 20 0 30 150"))
        #expect(second.usage(since: first) == 30)
    }

    @Test func countersThatGoBackwardsOrStandAreNoShare() throws {
        let (first, second) = (try self.times("cpu 10 0 10 80"), try self.times("cpu 20 0 30 70"))
        #expect(second.usage(since: first) == 0)
        #expect(first.usage(since: first) == 0)
        #expect(first.usage(since: second) == 0)
    }

    @Test(arguments: ["", "cpu0 1 2 3 4", "cpu 1 2 3", "intr 5", "cpux"])
    func whatIsNoSuchLineIsNothing(text: String) {
        #expect(CPUTimes(parsing: text) == nil)
    }

    @Test func numbersThatOverflowDoNotTrap() throws {
        let times = try self.times(
            "cpu 9223372036854775807 9223372036854775807 1 9223372036854775807 1 18446744073709551616"
        )
        #expect((0...100).contains(times.usage(since: try self.times("cpu 1 1 1 1"))))
    }

    @Test func coresAreCounted() {
        #expect(CPUTimes.cores(parsing: "cpu 1 2 3 4\ncpu0 1\ncpu1 1\ncpu17 1\ncpufreq 1\nintr 5") == 3)
        #expect(CPUTimes.cores(parsing: "") == 0)
    }
}
