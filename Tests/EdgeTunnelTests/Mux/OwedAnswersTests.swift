import Testing

@testable import EdgeTunnel

@Suite struct OwedAnswersTests {
    @Test func readingStopsAtTheLimitAndGoesOnBelowHalfOfIt() {
        var owed = OwedAnswers()
        let changes = [
            owed.change(by: OwedAnswers.limit - 1), owed.change(by: 1), owed.change(by: 1000),
            owed.change(by: -1000 - OwedAnswers.rest), owed.change(by: -1), owed.change(by: -1),
        ]
        #expect(changes == [false, true, false, false, true, false])
        #expect(!owed.isTooMuch)
    }
}
