import Base
import Testing

@testable import ContainerWatch

@Suite struct RuleListTests {
    @Test func everyRuleIsALineAndAnObject() {
        #expect(RuleList.text.split(separator: "\n").count == RuleBook.all.count)
        #expect(RuleList.json.elements.compactMap { $0["id"]?.text } == RuleBook.all.map(\.id))
        #expect(RuleList.text.contains("    HIGH  host-network "))
        #expect(RuleList.json.elements.allSatisfy { $0["profiles"]?.texts.contains("full") == true })
    }

    @Test func whatAdmissionRefusesBelongsToTheDefaultProfile() {
        let standard = Set(Profile.standard.rules.map(\.id))
        #expect(standard.isSuperset(of: RuleBook.ownsHost))
        #expect(standard.isSuperset(of: RuleBook.seed.map(\.id)))
        #expect(Profile.seed.rules.map(\.id) == RuleBook.seed.map(\.id))
        #expect(!standard.contains("no-healthcheck"))
    }

    /// No document that `ADMISSION=deny` refuses passes the audit.
    @Test(arguments: ReviewedCase.all)
    func whatIsRefusedFailsTheDefaultAudit(_ example: ReviewedCase) throws {
        var refusing = RuleSelection()
        refusing.only = Set(RuleBook.ownsHost)
        refusing.minimum = .high
        var usual = RuleSelection()
        usual.profile = .standard
        var input = InspectInput(Array(example.documents.utf8))
        while let document = try input.next() {
            let isRefused = !ContainerCheck(refusing).findings(in: document).isEmpty
            let fails = Report(containersInspected: 1, findings: ContainerCheck(usual).findings(in: document)).holds(
                .high
            )
            #expect(!isRefused || fails)
        }
    }

    @Test func aRuleIsExplained() throws {
        let page = try #require(RulePage.markdown("privileged-container"))
        #expect(page.hasPrefix("# privileged-container\n\nCritical. "))
        #expect(page.contains("## How to fix it\n\nRemove `--privileged`"))
        #expect(RulePage.markdown("none") == nil)
        #expect(RuleBook.all.allSatisfy { RulePage.markdown($0.id) != nil })
    }
}
