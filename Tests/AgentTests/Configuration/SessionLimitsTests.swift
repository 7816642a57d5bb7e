import DockerBridge
import NIOCore
import Testing

@testable import Agent

@Suite struct SessionLimitsTests {
    private static func read(_ values: [String: String]) -> (limits: RequestDispatcher.Limits, problems: [String]) {
        var reader = EnvironmentReader(values)
        let limits = RequestDispatcher.Limits(&reader)
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

    private static func sessions(_ values: [String: String]) -> (limits: SessionLimits, problems: [String]) {
        var reader = EnvironmentReader(values)
        let limits = SessionLimits(&reader)
        return (limits, reader.problems)
    }

    @Test func aHundredExecsAndAnyNumberOfStreamsAreTheDefault() {
        let (limits, problems) = Self.sessions([:])
        #expect(problems == [])
        #expect(limits.execs == 100)
        #expect(limits.streams == nil)
    }

    @Test func sessionsAreLimitedByNumber() {
        let (limits, problems) = Self.sessions(["MAX_EXEC_SESSIONS": "1000", "MAX_STREAM_SESSIONS": "1"])
        #expect(problems == [])
        #expect(limits.execs == 1000)
        #expect(limits.streams == 1)
    }

    @Test(arguments: [
        ("MAX_EXEC_SESSIONS", "0"), ("MAX_EXEC_SESSIONS", "1001"), ("MAX_EXEC_SESSIONS", "many"),
        ("MAX_STREAM_SESSIONS", "0"), ("MAX_STREAM_SESSIONS", "65537"), ("MAX_STREAM_SESSIONS", "-1"),
    ])
    func aNumberOfSessionsThatIsNoneIsNamed(name: String, text: String) {
        let problems = Self.sessions([name: text]).problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(name) is '\(text)'") ?? false, "\(problems)")
    }

    @Test(arguments: [
        ["TOKEN": "a-token"], ["DRYDOCK_URL": "https://drydock.example", "PRIVATE_KEY_FILE": "/key"],
    ])
    func bothModesReadThem(mode: [String: String]) throws {
        let variables = mode.merging(["MAX_EXEC_SESSIONS": "7", "MAX_STREAM_SESSIONS": "8"]) { $1 }
        let files = HostFiles(exists: { _ in true }, hostname: { "host-1" }, keyProblem: { _, _ in nil })
        let configuration = try Configuration(environment: variables, output: .other, files: files)
        #expect(configuration.sessions == SessionLimits(execs: 7, streams: 8))
    }

    @Test func orphansAreKilledOrLeft() {
        #expect(Self.read(["EXEC_ORPHANS": "leave"]).limits.orphans == .leave)
        #expect(Self.read(["EXEC_ORPHANS": "KILL"]).limits.orphans == .kill)
        #expect(Self.read(["EXEC_ORPHANS": "no"]).problems == ["EXEC_ORPHANS is 'no'; it must be one of kill, leave"])
    }
}
