import Base
import Testing

@testable import ContainerWatch

@Suite struct ReportTests {
    /// All examples as one input, each under the name of its number.
    private static func examples() throws -> Report {
        let findings = try SeedExample.all.flatMap { example in
            let members = try example.document.members.filter { $0.name != "Name" }
            let name = JSONNode.Member("Name", .text("t\(example.number)"))
            return ContainerCheck().findings(in: InspectDocument(.object(members + [name])))
        }
        return Report(containersInspected: SeedExample.all.count, findings: findings)
    }

    @Test func allExamplesMakeOneSortedReport() throws {
        let report = try Self.examples()
        #expect(report.containersInspected == 48)
        #expect(report.findings.count == SeedExample.all.map(\.expected.count).reduce(0, +))
        let ranks = report.findings.map(\.severity.rank)
        #expect(ranks == ranks.sorted())
        let critical = report.findings.filter { $0.severity == .critical }.map(\.container)
        #expect(critical == critical.sorted())
        #expect(report.holds(.critical))
    }

    @Test func theJSONIsAsDocumented() throws {
        let json = #"{"Name":"/web","Id":"0123","Config":{"User":"1","Image":"i"},"HostConfig":{"CapAdd":["BPF"]}}"#
        let findings = ContainerCheck().findings(in: try InspectDocument(json: json))
        #expect(
            Report(containersInspected: 1, findings: findings).json.spread == """
                {
                  "containers_inspected": 1,
                  "total_findings": 1,
                  "findings": [
                    {
                      "severity": "high",
                      "rule": "dangerous-capability",
                      "container": "web",
                      "detail": "The capability BPF is added.",
                      "extra": {
                        "capability": "BPF"
                      },
                      "container_id": "0123",
                      "image": "i"
                    }
                  ]
                }

                """
        )
    }

    @Test func nothingIsAReportToo() {
        #expect(
            Report(containersInspected: 0, findings: []).json.compact
                == #"{"containers_inspected":0,"total_findings":0,"findings":[]}"#
        )
        #expect(!Report(containersInspected: 0, findings: []).holds(.low))
    }

    @Test func containersOfOneNameAndDifferentIdsBothReport() throws {
        let findings = try ["a", "b", "b"].flatMap { id in
            ContainerCheck().findings(in: try InspectDocument(json: #"{"Name":"x","Id":"\#(id)"}"#))
        }
        #expect(Report(containersInspected: 3, findings: findings).findings.map(\.containerID) == ["a", "b"])
    }

    @Test(arguments: [("[6,7]", false), ("[2]", false), ("[36]", true), ("[11]", true)])
    func highAndCriticalFail(numbers: String, fails: Bool) throws {
        let chosen = try JSONNode(parsing: Array(numbers.utf8)).elements.compactMap { $0.number.map { Int($0) } }
        let findings = try chosen.flatMap { number in
            ContainerCheck().findings(in: InspectDocument(try SeedExample.all[number - 1].document))
        }
        #expect(Report(containersInspected: chosen.count, findings: findings).holds(.high) == fails)
    }
}
