import Testing

@testable import Policy

@Suite struct OperationSubjectTests {
    @Test(arguments: [Operation.containersPrune, .agentCompose, .agentMCP, .swarmWrite, .unknown])
    func whatMayConcernAnyContainerNamesNone(operation: Operation) {
        #expect(operation.subject == .anything)
    }

    @Test(arguments: [Operation.imagesLoad, .imagesBuild, .imagesPrune, .buildSession, .buildGRPC, .pluginsWrite])
    func whatBringsOrRemovesAnyImageNamesNone(operation: Operation) {
        #expect(operation.subject == .anyImage)
    }

    @Test func anExecIsAboutItsContainer() {
        let about = Operation.allCases.filter(\.isAboutExec)
        #expect(about == [.execCreate, .execStart, .execInspect, .execResize])
        #expect(about.allSatisfy { $0.subject == .container })
    }

    /// A list names nothing, and a condition on a name can never hold for it.
    @Test func listsAreAboutNothing() {
        let lists = Operation.allCases.filter { $0.rawValue.hasSuffix(".list") }
        #expect(lists.count == 4 && lists.allSatisfy { $0.subject == .nothing })
    }
}
