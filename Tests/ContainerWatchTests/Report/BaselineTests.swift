import Base
import Testing

@testable import ContainerWatch

@Suite struct BaselineTests {
    private static func findings(_ json: String) throws -> [Finding] {
        ContainerCheck().findings(in: try InspectDocument(json: json))
    }

    private static func baseline(_ findings: [Finding]) throws -> Baseline {
        try Baseline(Array(Report(containersInspected: 1, findings: findings).json.spread.utf8))
    }

    @Test func aReportKnowsAllOfItself() throws {
        let all = try SeedExample.all.flatMap { ContainerCheck().findings(in: InspectDocument(try $0.document)) }
        let findings = Report(containersInspected: 48, findings: all).findings
        #expect(try Self.baseline(findings).news(in: findings) == [])
    }

    @Test func anotherIdIsNoNewsAndAnotherNameIs() throws {
        let baseline = try Self.baseline(try Self.findings(#"{"Name":"a","Id":"1"}"#))
        #expect(baseline.news(in: try Self.findings(#"{"Name":"a","Id":"2"}"#)) == [])
        #expect(baseline.news(in: try Self.findings(#"{"Name":"b","Id":"1"}"#)).count == 1)
    }

    @Test func anotherResourceOrAWorseSeverityIsNews() throws {
        let bind = { (text: String) in
            try Self.findings(#"{"Name":"a","Config":{"User":"1"},"HostConfig":{"Binds":["\#(text)"]}}"#)
        }
        let baseline = try Self.baseline(try bind("/etc:/e:ro"))
        #expect(baseline.news(in: try bind("/etc:/other:ro")) == [])
        #expect(baseline.news(in: try bind("/etc:/e")).map(\.line) == ["sensitive-host-mount high [/etc]"])
        #expect(baseline.news(in: try bind("/proc:/e:ro")).map(\.line) == ["sensitive-host-mount medium [/proc]"])
    }

    @Test func pathsThatLookAlikeAreTwo() throws {
        let findings = { (path: String) in
            try Self.findings(#"{"Name":"a","Config":{"User":"1"},"HostConfig":{"Binds":["\#(path):/e"]}}"#)
        }
        let baseline = try Self.baseline(try findings("/etc/\u{E9}"))
        #expect(baseline.news(in: try findings("/etc/\u{E9}")) == [])
        #expect(baseline.news(in: try findings("/etc/e\u{301}")).count == 1)
    }

    @Test(arguments: ["", "[]", "{}", #"{"findings":7}"#, #"{"findings":[{}]}"#])
    func whatIsNoReportIsRefused(_ text: String) {
        #expect(throws: InputFault.self) { try Baseline(Array(text.utf8)) }
    }
}
