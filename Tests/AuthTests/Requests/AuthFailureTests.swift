import Testing

@testable import Auth

@Suite struct AuthFailureTests {
    @Test func codesAreForever() {
        #expect(
            AuthFailure.Code.allCases.map(\.rawValue) == [
                "too-many-attempts", "verification-busy", "no-credentials", "bad-token", "unknown-key",
                "timestamp-skew", "replay", "invalid-signature", "body-too-large", "foreign-page", "nonce-table-full",
                "before-start", "replay-not-recorded",
            ]
        )
    }

    @Test func everyCodeHasItsAnswer() async throws {
        let bench = try AuthenticatorBench(token: .plain("secret"))
        let signed = AccessRequest.signed(Vectors["6"], family: .portwing, target: "/other")
        guard case .refused(let signature) = await bench.verdict(signed),
            case .refused(let token) = await bench.verdict(.bearer("wrong"))
        else {
            Issue.record("let in")
            return
        }
        #expect(signature.answer == (401, "unauthorized"))
        #expect(signature.reason == "invalid-signature")
        #expect(signature.family.reason == "X-Portwing-Reason")
        #expect(token.answer == (401, "unauthorized"))
        #expect(token.reason == nil)
        #expect(token.retryAfterSeconds == nil)

        for number in 0..<8 { _ = await bench.ask(.bearer("wrong-\(number)")) }
        guard case .refused(let limited) = await bench.verdict(.bearer("wrong")) else {
            Issue.record("not limited")
            return
        }
        #expect(limited.answer == (429, "too many failed attempts"))
        #expect(!limited.countsAsFailure)
    }

    /// An honest client meets these three too: they are neither failures nor a reason to shut anyone out.
    @Test(arguments: [AuthFailure.Code.nonceTableFull, .beforeStart, .replayNotRecorded])
    func whatOnlyTimeCuresIsAnswered503AndNotCounted(code: AuthFailure.Code) {
        let failure = AuthFailure(code, "", retryAfterSeconds: 7)
        #expect(failure.answer.status == 503)
        #expect(failure.reason == code.rawValue)
        #expect(!failure.countsAsFailure)
    }
}
