import Synchronization
import Testing

@testable import Auth

@Suite struct TokenVerifierTests {
    private let hash: TokenHash

    init() throws {
        self.hash = try TokenHash(phc: TokenHashTests.cheap)
    }

    @Test func aColdBurstOfTwentyCorrectTokensIsLetInWhole() async {
        let verifier = TokenVerifier(self.hash)
        await withTaskGroup(of: TokenVerifier.Outcome.self) { group in
            for _ in 0..<20 { group.addTask { await verifier.verify("lookout-test-token") } }
            for await outcome in group { #expect(outcome == .valid) }
        }
    }

    @Test func beforeTheFirstSuccessEveryTokenIsDerived() async {
        let verifier = TokenVerifier(self.hash)
        #expect(await verifier.verify("wrong") == .invalid)
        #expect(verifier.quickAnswer("wrong") == nil)
        #expect(await verifier.verify("lookout-test-token") == .valid)
        #expect(verifier.quickAnswer("wrong") == false)
        #expect(verifier.quickAnswer("lookout-test-token") == true)
        #expect(await verifier.verify("wrong") == .invalid)
    }

    /// With no patience at all, whoever cannot start at once is sent away, and nobody is let in wrongly.
    @Test func whoWaitsInVainIsSentAway() async throws {
        let slow = try TokenHash(
            phc: "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$43xD76YiQWOfpSAQS6ahspUmUMC77buJ/qgikvyQS6g"
        )
        let verifier = TokenVerifier(slow) { _ in }
        let outcomes = await withTaskGroup(of: TokenVerifier.Outcome.self) { group in
            for _ in 0..<40 { group.addTask { await verifier.verify("wrong") } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.contains(.busy))
        #expect(outcomes.contains(.invalid))
        #expect(!outcomes.contains(.valid))
        #expect(await verifier.verify("lookout-test-token") == .valid, "places are given back")
    }
}
