import Base
import Testing

@testable import ContainerWatch

@Suite struct ContainerCheckTests {
    @Test(arguments: SeedExample.all)
    func baseRulesFindExactlyThis(_ example: SeedExample) throws {
        let findings = ContainerCheck().findings(in: InspectDocument(try example.document))
        #expect(findings.map(\.line) == example.expected)
        #expect(findings.allSatisfy { $0.container == "t" })
        #expect(findings.allSatisfy { $0.detail.contains($0.resource) && $0.detail.count <= 300 })
    }

    @Test func everyRuleBelongsToAnExample() {
        let seen = Set(SeedExample.all.flatMap(\.expected).map { String($0.prefix { $0 != " " }) })
        #expect(seen == Set(RuleBook.seed.map(\.id)))
    }

    @Test(arguments: [
        (#"{"Name":"//a","Id":"x"}"#, "a"), (#"{"Id":"0123456789abcdef"}"#, "0123456789ab"), ("{}", "(unknown)"),
        (#"{"Name":7,"Id":"abc"}"#, "abc"), (#"{"Name":"/"}"#, "(unknown)"),
        (#"{"Name":"/a\u001b[31m\u202eb"}"#, "a?[31m?b"),
    ])
    func aContainerIsNamed(json: String, name: String) throws {
        let findings = ContainerCheck().findings(in: try InspectDocument(json: json))
        #expect(findings.map(\.container) == [name])
    }

    @Test func aFindingTellsTheIdAndTheImage() throws {
        let json = #"{"Id":"0123","Config":{"Image":"busybox:1"}}"#
        let finding = try #require(ContainerCheck().findings(in: try InspectDocument(json: json)).first)
        #expect(finding.containerID == "0123")
        #expect(finding.image == "busybox:1")
    }

    @Test func ofTwoMountsOfOnePathTheWorseOneStays() throws {
        let json = #"""
            {"Config":{"User":"1"},"Mounts":[
            {"Type":"bind","Source":"/etc","Destination":"/a","RW":false},
            {"Type":"bind","Source":"/etc","Destination":"/b","RW":true}]}
            """#
        #expect(
            ContainerCheck().findings(in: try InspectDocument(json: json)).map(\.line) == [
                "sensitive-host-mount high [/etc]"
            ]
        )
    }

    @Test func aLongPathIsCutInTheDetailOnly() throws {
        let path = "/etc/" + String(repeating: "x", count: 400)
        let json = #"{"Config":{"User":"1"},"HostConfig":{"Binds":["\#(path):/a"]}}"#
        let finding = try #require(ContainerCheck().findings(in: try InspectDocument(json: json)).first)
        #expect(finding.resource == path)
        #expect(finding.detail.count == 300)
        #expect(finding.detail.hasSuffix("…"))
    }

    @Test func anExecIsLookedAtByItsOwnRules() throws {
        var selection = RuleSelection()
        selection.profile = .full
        let exec = ExecDocument(
            try JSONNode(parsing: Array(#"{"ProcessConfig":{"privileged":true,"user":"0"}}"#.utf8))
        )
        let findings = ContainerCheck(selection).findings(in: exec, container: "a", containerID: "1", image: "i")
        #expect(findings.map(\.line) == ["privileged-exec high", "root-exec low"])
        #expect(ContainerCheck().findings(in: exec, container: "a", containerID: "1", image: "i") == [])
    }

    @Test func onlyTheProfilesThatNeedThemAskForVolumesAndExecs() {
        #expect(!ContainerCheck().looksAtVolumes && !ContainerCheck().looksAtExecs)
        var selection = RuleSelection()
        selection.profile = .full
        #expect(ContainerCheck(selection).looksAtVolumes && ContainerCheck(selection).looksAtExecs)
    }
}
