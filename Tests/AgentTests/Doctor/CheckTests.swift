import Testing

@testable import Agent

@Suite struct CheckTests {
    private static let checks: [Check] = [.good("dns", "2 ms"), .bad("tcp", #"refused "here""#)]

    @Test func aReportHasALineForEach() {
        #expect(Self.checks.report == "✓ dns: 2 ms\n✗ tcp: refused \"here\"\n")
        #expect(!Self.checks.areGood)
        #expect([Check]().areGood)
    }

    @Test func theJSONSaysTheSame() {
        #expect(
            Self.checks.json == #"{"ok":false,"checks":[{"name":"dns","ok":true,"text":"2 ms"},"#
                + #"{"name":"tcp","ok":false,"text":"refused \"here\""}]}"# + "\n"
        )
    }
}
