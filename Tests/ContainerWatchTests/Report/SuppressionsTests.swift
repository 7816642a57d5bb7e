import Base
import Testing

@testable import ContainerWatch

@Suite struct SuppressionsTests {
    private static let findings: [Finding] = ["web-1", "web-2", "db"].flatMap { name in
        let json = #"{"Name":"\#(name)","Config":{"User":"1"},"HostConfig":{"CapAdd":["BPF"],"PidMode":"host"}}"#
        guard let document = try? InspectDocument(json: json) else { return [Finding]() }
        return ContainerCheck().findings(in: document)
    }

    private static func outcome(_ json: String, on day: String = "2027-03-01") throws -> Suppressions.Outcome {
        try Suppressions(Array(json.utf8)).applied(to: Self.findings, today: try #require(CalendarDay(day)))
    }

    @Test func aPatternCoversContainersOfOneRule() throws {
        let outcome = try Self.outcome(#"[{"rule":"host-pid-namespace","container":"web-?","reason":"agents"}]"#)
        #expect(outcome.suppressed == 2)
        #expect(outcome.findings.filter { $0.rule == "host-pid-namespace" }.map(\.container) == ["db"])
        #expect(outcome.findings.count { $0.rule == "dangerous-capability" } == 3)
        #expect(outcome.expired == [])
    }

    @Test func aResourceNarrowsItDown() throws {
        let other = #"[{"rule":"dangerous-capability","container":"*","resource":"SYS_*","reason":"r"}]"#
        #expect(try Self.outcome(other).suppressed == 0)
        let this = #"[{"rule":"dangerous-capability","container":"*","resource":"B*","reason":"r"}]"#
        #expect(try Self.outcome(this).suppressed == 3)
    }

    @Test(arguments: [("2027-02-28", 1), ("2027-03-01", 1), ("2027-03-02", 0), ("2028-01-01", 0)])
    func itCountsUpToItsLastDayAndIsReportedAfterwards(day: String, suppressed: Int) throws {
        let json = #"[{"rule":"host-pid-namespace","container":"db","reason":"until then","expires":"2027-03-01"}]"#
        let outcome = try Self.outcome(json, on: day)
        #expect(outcome.suppressed == suppressed)
        #expect(outcome.expired.count == 1 - suppressed)
        #expect(outcome.expired.allSatisfy { $0.contains("until then") && $0.contains("2027-03-01") })
    }

    @Test func anExpiredOneThatSomethingElseCoversIsNotNews() throws {
        let json = #"""
            [{"rule":"host-pid-namespace","container":"db","reason":"a","expires":"2000-01-01"},
            {"rule":"host-pid-namespace","container":"d*","reason":"b"}]
            """#
        #expect(try Self.outcome(json).expired == [])
    }

    @Test(arguments: [
        ("{}", "an array of objects"), ("[", "not valid"), ("[7]", "suppression 0: it is a number"),
        (#"[{"rule":"none","container":"*","reason":"r"}]"#, "there is no rule 'none'"),
        (#"[{"rule":"root-user","container":"*"}]"#, "'reason' must be"),
        (#"[{"rule":"root-user","container":"*","reason":" "}]"#, "'reason' must be"),
        (#"[{"rule":"root-user","reason":"r"}]"#, "'container' must be"),
        (#"[{"rule":"root-user","container":"*","reason":"r","expires":"soon"}]"#, "'soon' is not a date"),
        (#"[{"rule":"root-user","container":"*","reason":"r","expires":7}]"#, "'expires' must be"),
        (#"[{"rule":"root-user","container":"*","reason":"r","expire":"2027-01-01"}]"#, "'expire' is none of"),
    ])
    func whatIsWrongIsSaid(json: String, words: String) {
        do {
            _ = try Suppressions(Array(json.utf8))
            Issue.record("it was accepted")
        } catch {
            #expect(error.description.contains(words))
        }
    }
}
