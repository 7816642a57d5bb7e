import Testing

@testable import Drydock

@Suite struct RejectionCodeTests {
    @Test(arguments: RejectionCode.allCases)
    func everyCodeSaysWhatToDo(code: RejectionCode) {
        #expect(code.remedy.hasSuffix("."))
        #expect(code.remedy.count > 40)
    }
}
