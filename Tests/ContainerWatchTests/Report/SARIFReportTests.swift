import Base
import Testing

@testable import ContainerWatch

/// What the published schema of SARIF 2.1.0 requires of the parts that are written, checked member by member.
@Suite struct SARIFReportTests {
    private static func log(_ json: String = SeedExample.all[46].fragment) throws -> JSONNode {
        let findings = ContainerCheck().findings(in: try InspectDocument(json: json))
        let report = Report(containersInspected: 1, findings: findings)
        return try JSONNode(parsing: Array(SARIFReport(programVersion: "1.2.3").json(report).spread.utf8))
    }

    @Test func theLogHasItsVersionAndOneRun() throws {
        let log = try Self.log()
        #expect(log["version"]?.text == "2.1.0")
        #expect(log["$schema"]?.text?.contains("://") == true)
        #expect(log["runs"]?.elements.count == 1)
    }

    @Test func theToolNamesItselfAndEveryRuleOnce() throws {
        let driver = try #require(try Self.log()["runs"]?.elements.first?["tool"]?["driver"])
        #expect(driver["name"]?.text == "Lookout")
        #expect(driver["version"]?.text == "1.2.3")
        let rules = try #require(driver["rules"]?.elements)
        #expect(rules.compactMap { $0["id"]?.text } == RuleBook.all.map(\.id))
        for rule in rules {
            #expect(rule["shortDescription"]?["text"]?.text?.isEmpty == false)
            #expect(rule["help"]?["text"]?.text?.contains("docs/rules/") == true)
            let id = try #require(rule["id"]?.text)
            #expect(rule["helpUri"]?.text == "docs/rules/\(id).md")
            let page = try #require(rule["help"]?["markdown"]?.text)
            #expect(page == RulePage.markdown(id)?.withoutLinkTargets)
            #expect(page.hasPrefix("# \(id)\n") && page.contains("## How to fix it"))
            #expect(!page.contains("]("), "a code host looks for the target beside its own page")
            let level = try #require(rule["defaultConfiguration"]?["level"]?.text)
            #expect(["error", "warning", "note"].contains(level))
            let score = try #require(rule["properties"]?["security-severity"]?.text.flatMap { Double($0) })
            #expect((0...10).contains(score))
            // The schema wants the tags to be different.
            let tags = rule["properties"]?["tags"]?.texts ?? []
            #expect(Set(tags).count == tags.count)
        }
    }

    @Test func aResultPointsToItsRuleAndItsContainer() throws {
        let log = try Self.log(#"{"Name":"/a b","Config":{"User":"1"},"HostConfig":{"Privileged":true}}"#)
        let run = try #require(log["runs"]?.elements.first)
        let results = try #require(run["results"]?.elements)
        #expect(results.count == 1)
        let result = try #require(results.first)
        #expect(result["ruleId"]?.text == "privileged-container")
        let index = try #require(result["ruleIndex"]?.number.map { Int($0) })
        #expect(run["tool"]?["driver"]?["rules"]?.elements[index]["id"]?.text == "privileged-container")
        #expect(result["level"]?.text == "error")
        #expect(result["message"]?["text"]?.text?.hasPrefix("a b: ") == true)
        let location = try #require(result["locations"]?.elements.first)
        #expect(location["physicalLocation"]?["artifactLocation"]?["uri"]?.text == "containers/a%20b")
        #expect(location["logicalLocations"]?.elements.first?["name"]?.text == "a b")
        #expect(result["partialFingerprints"]?["finding/v1"]?.text == "a b|privileged-container|")
        #expect(result["properties"]?["severity"]?.text == "critical")
    }

    @Test func withoutFindingsThereIsAnEmptyListOfResults() throws {
        let log = try Self.log(#"{"Config":{"User":"1"}}"#)
        #expect(log["runs"]?.elements.first?["results"] == .array([]))
    }
}
