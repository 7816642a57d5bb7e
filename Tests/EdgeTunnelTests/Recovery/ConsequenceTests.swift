import Testing

@testable import EdgeTunnel

@Suite struct ConsequenceTests {
    @Test(
        arguments: [
            (.closedByController(code: 1001, reason: ""), true), (.closedByController(code: 1012, reason: ""), true),
            (.closedByController(code: nil, reason: ""), true), (.closedByController(code: 1000, reason: "x"), true),
            (.closedByController(code: 1001, reason: "ping timeout"), false),
            (.closedByController(code: 1009, reason: ""), false), (.lost("reset"), false), (.silent, false),
        ] as [(SessionEnd, Bool)]
    )
    func onlyAnOrderlyGoodbyeMeansARestart(end: SessionEnd, isLeaving: Bool) {
        #expect(end.isControllerLeaving == isLeaving)
    }

    @Test func whatTheKeyFileLacksIsTheRemedy() {
        let parking = Parking(code: "key-unusable", remedy: "it is empty")
        #expect(SessionEnd.keyUnusable("it is empty").consequence == .park(parking))
    }

    @Test func aCodeThatIsNotKnownIsTriedAgain() {
        #expect(SessionEnd.rejected(code: "brand-new", message: "").consequence == .retry(atLeast: nil))
    }
}
