import Testing

@testable import EdgeTunnel

@Suite struct RejectionCodeTests {
    @Test(arguments: RejectionCode.allCases)
    func everyCodeSaysWhatToDo(code: RejectionCode) {
        #expect(code.remedy.hasSuffix("."))
        #expect(code.remedy.count > 40)
    }

    @Test func aCodeThatNobodyKnowsIsTriedAgain() {
        #expect(SessionEnd.rejected(code: "brand-new", message: "").consequence == .retry(atLeast: nil))
    }
}
