import Testing

@testable import ContainerWatch

/// The rules judge as a reviewer does.
@Suite struct ReviewedCaseTests {
    @Test(arguments: ReviewedCase.all)
    func theRulesFindWhatAReviewerExpects(_ example: ReviewedCase) throws {
        var selection = RuleSelection()
        selection.profile = example.profile
        let check = ContainerCheck(selection)
        var input = InspectInput(Array(example.documents.utf8))
        var findings: [Finding] = []
        while let document = try input.next() { findings += check.findings(in: document) }
        let differences = example.differences(in: findings)
        #expect(differences.isEmpty, "\(differences) in \(findings.map(\.line))")
    }

    @Test func everyGroupOfCasesIsRead() {
        #expect(ReviewedCase.all.count >= 91)
        #expect(Set(ReviewedCase.all.map(\.name)).count == ReviewedCase.all.count)
        #expect(
            ReviewedCase.all.contains { $0.name.hasPrefix("a02") }
                && ReviewedCase.all.contains { $0.name.hasPrefix("l02") }
        )
    }
}
