import Testing

@testable import DockerBridge

@Suite struct BridgeErrorTests {
    private struct Cause: Error {}

    @Test(
        arguments: [
            (.badRequest, "bad-request", 400, false), (.cancelled, "cancelled", 499, false),
            (.engineUnreachable, "engine-unreachable", 502, true),
            (.malformedResponse, "malformed-response", 502, true),
            (.outOfMemory, "out-of-memory", 503, true),
            (.timedOut, "timed-out", 504, true), (.tooLarge, "too-large", 413, false),
            (.truncated, "truncated", 502, true),
            (.unrepresentable, "unrepresentable", 501, false),
        ] as [(BridgeError.Code, String, Int, Bool)]
    )
    func everyCodeHasItsNameAndItsStatus(code: BridgeError.Code, name: String, status: Int, isOperational: Bool) {
        #expect(code.rawValue == name)
        #expect(code.httpStatus == status)
        #expect(code.isOperational == isOperational)
    }

    @Test func theTableAboveHasEveryCode() {
        #expect(BridgeError.Code.allCases.count == 9)
    }

    @Test func onlyTheDescriptionTellsTheCause() {
        #expect(BridgeError(.timedOut, "late").description == "timed-out: late")
        #expect(BridgeError(.timedOut, "late", cause: Cause()).description == "timed-out: late (Cause())")
    }
}
